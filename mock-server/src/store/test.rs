//! Order, groups, locks and failures of a store. What is there after a kill is tested in `tests/it/store.rs`.

use std::{fs, sync::atomic::Ordering::SeqCst};

use super::{disk::Disk, *};

type Entry = (u64, Vec<u8>);

fn entry(number: u64, value: &str) -> Entry {
    (number, value.as_bytes().to_vec())
}

async fn put(store: &Store, number: u64, value: &str) -> Result<(), StoreError> {
    store.put(number, value.as_bytes().to_vec()).await
}

#[tokio::test]
async fn what_was_put_is_there_after_the_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    // The folder is made, too.
    let folder = folder.path().join("a/b");
    let store = Store::open(&folder).unwrap();
    assert_eq!(store.all().await.unwrap(), []);
    put(&store, u64::MAX, "last").await.unwrap();
    put(&store, 0, "first").await.unwrap();
    put(&store, 7, "").await.unwrap();
    put(&store, 8, "gone").await.unwrap();
    store.remove(8).await.unwrap();
    store.remove(9).await.unwrap();
    put(&store, 0, "anew").await.unwrap();
    let expected = [entry(0, "anew"), entry(7, ""), entry(u64::MAX, "last")];
    assert_eq!(store.all().await.unwrap(), expected);
    store.close().await;
    assert_eq!(Store::open(&folder).unwrap().all().await.unwrap(), expected);
}

#[tokio::test]
async fn writes_take_place_in_the_order_of_the_calls_even_if_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let writes: Vec<_> = (0..500)
        .flat_map(|round| {
            let value = format!("{round}").into_bytes();
            [store.put(1, value.clone()), store.put(2, value), store.remove(2)]
        })
        .collect();
    drop(writes);
    assert_eq!(store.all().await.unwrap(), [entry(1, "499")]);
}

#[tokio::test]
async fn a_store_is_one_s_alone_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let path = folder.path().join("state.redb");
    let error = Store::open(folder.path()).unwrap_err();
    assert_eq!(error.to_string(), format!("the store {} is in use", path.display()));
    store.close().await;
    let _again = Store::open(folder.path()).unwrap();

    let closed = format!("the store {} is closed", path.display());
    assert_eq!(put(&store, 1, "late").await.unwrap_err().to_string(), closed);
    assert_eq!(store.remove(1).await.unwrap_err().to_string(), closed);
    assert_eq!(store.all().await.unwrap_err().to_string(), closed);
    store.close().await;
}

#[tokio::test]
async fn what_came_before_the_end_is_written_although_the_store_was_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let written = store.put(1, b"kept".to_vec());
    drop(store);
    written.await.unwrap();
}

#[tokio::test]
async fn a_file_whose_making_was_interrupted_is_made_anew_and_any_other_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.redb");
    for half in [vec![0], vec![0; 5], vec![0; 100_000]] {
        fs::write(&path, half).unwrap();
        let store = Store::open(folder.path()).unwrap();
        put(&store, 1, "kept").await.unwrap();
        store.close().await;
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.all().await.unwrap(), [entry(1, "kept")]);
        store.close().await;
    }
    fs::write(&path, "a letter to somebody").unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is not a store", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a letter to somebody");
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let error = Store::open(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot make the folder {}", path.display()));
    let error = Store::open(folder.path().join("file/below")).unwrap_err();
    assert!(error.to_string().starts_with("cannot make the folder "), "{error}");

    fs::create_dir_all(folder.path().join("taken/state.redb")).unwrap();
    let error = Store::open(folder.path().join("taken")).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(error.to_string().ends_with("/taken/state.redb"), "{error}");
}

#[tokio::test]
async fn writes_that_come_at_once_are_few_commits() {
    let disk = Disk::new();
    let store = disk.store();
    let before = disk.syncs.load(SeqCst);
    put(&store, 0, "one").await.unwrap();
    let of_one = disk.syncs.load(SeqCst) - before;
    assert!(of_one > 0);

    let before = disk.syncs.load(SeqCst);
    let busy = disk.turn.lock().unwrap();
    let writes: Vec<_> = (0..1_000).map(|number| store.put(number, vec![7; 100])).collect();
    drop(busy);
    for written in writes {
        written.await.unwrap();
    }
    // Some were in the commit that the disk was busy with, all others in the next.
    let of_many = disk.syncs.load(SeqCst) - before;
    assert!(of_many <= 2 * of_one, "{of_many} against {of_one} for one");
    assert_eq!(store.all().await.unwrap().len(), 1_000);
}

#[tokio::test]
async fn a_full_disk_fails_writes_by_name_and_once_there_is_room_they_succeed() {
    let disk = Disk::new();
    let store = disk.store();
    put(&store, 1, "before").await.unwrap();
    disk.is_full.store(true, SeqCst);
    let error = put(&store, 2, "too much").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot write to the store disk");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("no storage space"), "{source}");
    // Not even opened again can it be.
    assert!(put(&store, 3, "too much").await.is_err());
    disk.is_full.store(false, SeqCst);
    put(&store, 4, "after").await.unwrap();
    assert_eq!(store.all().await.unwrap(), [entry(1, "before"), entry(4, "after")]);
}

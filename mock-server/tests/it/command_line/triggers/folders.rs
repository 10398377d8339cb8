//! Folders in place of buckets.

use std::fs;

use super::{Served, project, template};

/// What a folder is told of, in order, with the key and the size.
async fn is_told(served: &mut Served, name: &str, key: &str, size: Option<u64>) {
    let event = served
        .got("worker", |event| {
            let record = &event["Records"][0];
            let object = &record["s3"]["object"];
            record["eventName"] == name && object["key"] == key && object["size"].as_u64() == size
        })
        .await;
    assert_eq!(event["Records"][0]["s3"]["bucket"]["name"], "uploads");
}

#[tokio::test]
async fn files_of_a_folder_that_are_created_changed_and_deleted_are_told_to_the_function() {
    let events = "Files: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']}}";
    let yaml = template(events, "Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}");
    let toml = "[functions.worker]\nbootstrap = \"bootstrap\"\ntimeout = \"1m\"\n\
                triggers.buckets = [{ bucket = \"uploads\", events = [\"s3:ObjectCreated:*\", \"s3:ObjectRemoved:*\"] }]\n\
                [buckets.uploads]\nfolder = \"inbox\"\n";
    for is_toml in [true, false] {
        let folder = project();
        let inbox = folder.path().join("inbox");
        fs::create_dir(&inbox).unwrap();
        folder.file("inbox/old.csv", "was there before");
        let option = format!("uploads={}", inbox.display());
        let (config, arguments) = match is_toml {
            true => (folder.file("mock.toml", toml), vec![]),
            false => (folder.file("template.yaml", &yaml), vec!["--bucket", &option]),
        };
        let mut served = Served::start(&config, &arguments, 1).await;

        folder.file("inbox/a.csv", "one");
        is_told(&mut served, "ObjectCreated:Put", "a.csv", Some(3)).await;
        folder.file("inbox/a.csv", "longer");
        is_told(&mut served, "ObjectCreated:Put", "a.csv", Some(6)).await;
        fs::create_dir(inbox.join("sub")).unwrap();
        folder.file("inbox/sub/b c.csv", "");
        is_told(&mut served, "ObjectCreated:Put", "sub/b+c.csv", Some(0)).await;
        fs::remove_file(inbox.join("a.csv")).unwrap();
        is_told(&mut served, "ObjectRemoved:Delete", "a.csv", None).await;
        let trigger = |line: &str| {
            line.starts_with("TRIGGER arn:aws:s3:::uploads → worker RequestId: ")
                && line.ends_with("\tinvoked: ObjectRemoved:Delete of \"a.csv\"")
        };
        served.said(trigger).await;
        let lines = served.stop().await;
        assert!(
            !lines.iter().any(|line| line.contains("old.csv") || line.starts_with("warning:")),
            "{lines:?}"
        );
    }
}

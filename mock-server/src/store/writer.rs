//! The thread of a store: it alone touches the file, and commits together what has come meanwhile.

use std::{
    path::Path,
    sync::{Arc, mpsc},
};

use redb::{Database, ReadableTable, TableDefinition};
use tokio::sync::oneshot;

use super::StoreError;

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("values");

/// How many writes are one commit at most, so that nobody waits for ever.
const MOST_WRITES: usize = 4096;

/// Opens the file; also again, after it has failed.
pub(super) type Open = Box<dyn Fn() -> Result<Database, StoreError> + Send>;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the thread is to do.
pub(super) enum Command {
    Put { number: u64, value: Vec<u8>, written: Reply<()> },
    Remove { number: u64, written: Reply<()> },
    All { read: Reply<Vec<(u64, Vec<u8>)>> },
    Close { closed: oneshot::Sender<()> },
}

pub(super) struct Writer {
    path: Arc<Path>,
    open: Open,
    /// `None` after a failure: such a database takes nothing any more, but it can be opened again.
    database: Option<Database>,
}

/// Writes that are committed together.
#[derive(Default)]
struct Batch {
    writes: Vec<(u64, Option<Vec<u8>>)>,
    waiting: Vec<Reply<()>>,
}

impl Writer {
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub(super) fn new(path: Arc<Path>, open: Open) -> Result<Self, StoreError> {
        let database = Some(open()?);
        Ok(Self { path, open, database })
    }

    /// Runs until the store is closed or gone.
    pub(super) fn run(mut self, commands: &mpsc::Receiver<Command>) {
        let mut next = commands.recv().ok();
        while let Some(command) = next.take() {
            let mut batch = Batch::default();
            let mut other = batch.take(command);
            while other.is_none() && batch.writes.len() < MOST_WRITES {
                let Ok(command) = commands.try_recv() else { break };
                other = batch.take(command);
            }
            if !batch.writes.is_empty() {
                self.commit(batch);
            }
            match other {
                Some(Command::All { read }) => {
                    let _nobody_waits = read.send(self.all());
                }
                Some(Command::Close { closed }) => {
                    drop(self);
                    let _nobody_waits = closed.send(());
                    return;
                }
                _ => {}
            }
            next = commands.recv().ok();
        }
    }

    fn commit(&mut self, batch: Batch) {
        let result = self.write(&batch.writes);
        for waiting in batch.waiting {
            let _nobody_waits = waiting.send(result.clone());
        }
    }

    fn write(&mut self, writes: &[(u64, Option<Vec<u8>>)]) -> Result<(), StoreError> {
        let result = write(self.database()?, writes);
        result.map_err(|Failure(source)| {
            self.database = None;
            StoreError::Write { path: self.path.to_path_buf(), source }
        })
    }

    fn all(&mut self) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let result = all(self.database()?);
        result.map_err(|Failure(source)| {
            self.database = None;
            StoreError::Read { path: self.path.to_path_buf(), source }
        })
    }

    fn database(&mut self) -> Result<&Database, StoreError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => (self.open)()?,
        };
        Ok(self.database.insert(database))
    }
}

impl Batch {
    /// Takes a write; anything else is given back.
    fn take(&mut self, command: Command) -> Option<Command> {
        let (number, value, written) = match command {
            Command::Put { number, value, written } => (number, Some(value), written),
            Command::Remove { number, written } => (number, None, written),
            other => return Some(other),
        };
        self.writes.push((number, value));
        self.waiting.push(written);
        None
    }
}

/// What the file's keeper said; its own error is large.
struct Failure(Arc<redb::Error>);

impl<E: Into<redb::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Arc::new(error.into()))
    }
}

fn write(database: &Database, writes: &[(u64, Option<Vec<u8>>)]) -> Result<(), Failure> {
    let transaction = database.begin_write()?;
    {
        let mut table = transaction.open_table(TABLE)?;
        for (number, value) in writes {
            match value {
                Some(value) => drop(table.insert(number, value.as_slice())?),
                None => drop(table.remove(number)?),
            }
        }
    }
    // On disk when this returns.
    transaction.commit()?;
    Ok(())
}

fn all(database: &Database) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
    let transaction = database.begin_read()?;
    let table = match transaction.open_table(TABLE) {
        // Nothing was ever put there.
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        table => table?,
    };
    let entries = table.iter()?.map(|entry| {
        let (number, value) = entry?;
        Ok((number.value(), value.value().to_vec()))
    });
    entries.collect()
}

//! An external extension that pulls events and telemetry, and appends what the function logs to a file: text as text,
//! JSON as lines of JSON. The file is the one that `LOG_FILE` names, else `function.log` in the folder for temporary
//! files.

use std::{
    env,
    error::Error,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

use lambda_extension::{
    Extension, ExtensionError, Next,
    telemetry::{Batch, Category, LogRecord, Record, Subscription},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::var_os("LOG_FILE").map_or_else(|| env::temp_dir().join("function.log"), PathBuf::from);
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;

    let mut extension = Extension::external().register().await?;
    // Not what extensions log: this one would be told what it writes itself.
    let mut telemetry = extension.telemetry(&Subscription::new(&[Category::Function])).await?;
    loop {
        match extension.next(&mut telemetry).await {
            Ok(Next::Batch(batch)) => append(&mut file, &batch)?,
            Ok(Next::Event(_) | Next::Missed(_)) => {}
            // After SHUTDOWN there is what the function has logged last, and then this.
            Err(ExtensionError::ShutDown) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn append(file: &mut File, batch: &Batch) -> io::Result<()> {
    for event in batch.events().flatten() {
        match event.record {
            Record::Function(LogRecord::Text(text)) => writeln!(file, "{}", text.trim_end_matches('\n'))?,
            Record::Function(LogRecord::Json(json)) => writeln!(file, "{json}")?,
            _ => {}
        }
    }
    Ok(())
}

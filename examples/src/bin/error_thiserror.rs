//! Errors of one's own, declared with `thiserror`, whose types the caller can match.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::Deserialize;

#[derive(Deserialize)]
struct Transfer {
    from: String,
    cents: u64,
}

#[derive(Debug, thiserror::Error)]
enum TransferError {
    #[error("account {0} does not exist")]
    NoAccount(String),
    #[error("account {account} is short of {cents} cents")]
    NotEnough { account: String, cents: u64 },
}

impl From<TransferError> for Diagnostic {
    fn from(error: TransferError) -> Self {
        let error_type = match &error {
            TransferError::NoAccount(_) => "NoAccount",
            TransferError::NotEnough { .. } => "NotEnough",
        };
        Self { error_type: error_type.into(), error_message: error.to_string() }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(transfer)).await
}

async fn transfer(event: LambdaEvent<Transfer>) -> Result<u64, TransferError> {
    const BALANCE: u64 = 1_000;

    let Transfer { from, cents } = event.payload;
    if from != "savings" {
        return Err(TransferError::NoAccount(from));
    }
    BALANCE
        .checked_sub(cents)
        .ok_or_else(|| TransferError::NotEnough { account: from, cents: cents - BALANCE })
}

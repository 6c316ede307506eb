//! The imports between the files of `src`, read from their text.
//!
//! A file imports another when its code names something in it: in a `use`, or as a path that
//! begins with `crate`, `self`, `super` or a child module. Names are followed through re-exports to
//! the file that they lead to, so a `mod.rs` may re-export its children freely; but a `mod.rs`
//! that *defines* what its children import is a file like any other, and then may not use those
//! children itself. `mod` declarations are no imports, and neither is what a method call needs.

pub mod circles;
mod code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use code::{Binding, paths, tokens, uses, without_tests};

/// A module's path below the crate's root: `["server", "access"]`.
pub type Module = Vec<String>;

/// A module's path for a person.
pub fn shown(module: &Module) -> String {
    module.join("/")
}

/// One source file.
pub struct File {
    pub path: PathBuf,
    pub module: Module,
    /// Its code as words and signs, without comments, texts and test code.
    pub code: Vec<String>,
    /// The same with test code.
    pub all_code: Vec<String>,
    bindings: Vec<Binding>,
}

/// All source files below a folder, by their module.
pub struct Sources {
    pub files: BTreeMap<Module, File>,
}

impl Sources {
    pub fn read(src: &Path) -> Self {
        Self::new(rust_files(src).into_iter().map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(src).unwrap().to_owned(), text)
        }))
    }

    /// Files as (path below `src`, text).
    pub fn new(files: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let files = files.into_iter().map(|(path, text)| {
            let module = module_of(&path);
            let all_code = tokens(&text);
            let code = without_tests(&all_code);
            let bindings = uses(&code).1;
            let file = File {
                path,
                module: module.clone(),
                code,
                all_code,
                bindings,
            };
            (module, file)
        });
        Self {
            files: files.collect(),
        }
    }

    /// Whether the file is compiled into the program or the library: all its parents declare it
    /// outside of their test code.
    pub fn is_product(&self, module: &[String]) -> bool {
        let Some((name, parent)) = module.split_last() else {
            return true;
        };
        if name.ends_with(".rs") {
            return true;
        }
        let declared_by = |file: &File| file.code.windows(3).any(|w| *w == ["mod", name, ";"]);
        if parent.is_empty() {
            let roots = ["lib.rs", "main.rs"].map(|root| vec![root.to_owned()]);
            return roots
                .iter()
                .any(|root| self.files.get(root).is_some_and(declared_by));
        }
        self.files.get(parent).is_some_and(declared_by) && self.is_product(parent)
    }

    /// The paths that the file names, as paths from the crate's root; re-exports are not followed.
    /// Of its test code only those that are written from the root: modules inside of a file have
    /// a `super` of their own.
    pub fn named(&self, file: &File) -> Vec<Vec<String>> {
        let written = |code: &[String]| {
            let (rest, bindings) = uses(code);
            let in_uses = bindings.into_iter().map(|binding| binding.path);
            in_uses.chain(paths(&rest)).collect::<Vec<_>>()
        };
        let from_root = |path: &Vec<String>| path.first().is_some_and(|first| first == "crate");
        let everywhere = written(&file.all_code).into_iter().filter(from_root);
        let product = self.is_product(&file.module).then(|| written(&file.code));
        everywhere
            .chain(product.into_iter().flatten())
            .filter_map(|path| self.absolute(&file.module, &path))
            .collect()
    }

    /// The modules that the file imports from, itself left out.
    pub fn imports(&self, file: &File) -> BTreeSet<Module> {
        let (rest, _) = uses(&file.code);
        let used: BTreeSet<&str> = rest.iter().map(String::as_str).collect();
        let in_uses = file.bindings.iter().filter_map(|binding| {
            let target = self.target(&file.module, &binding.path, 0)?;
            let is_own = target.starts_with(&file.module);
            let reexported = binding.is_reexport && is_own && !used.contains(&*binding.name);
            (!reexported).then_some(target)
        });
        let in_paths = paths(&rest)
            .into_iter()
            .filter_map(|path| self.target(&file.module, &path, 0));
        in_uses
            .chain(in_paths)
            .filter(|target| *target != file.module)
            .collect()
    }

    /// A path as one from the crate's root; none if it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => (base, rest) = (Vec::new(), &path[1..]),
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            Some(first) => {
                let child = [&base[..], &[first.to_owned()]].concat();
                self.files.get(&child)?;
            }
            None => return None,
        }
        Some([&base[..], rest].concat())
    }

    /// The module that a path leads to, through re-exports.
    fn target(&self, module: &[String], path: &[String], depth: usize) -> Option<Module> {
        let path = self.absolute(module, path)?;
        let inner = (0..=path.len())
            .rev()
            .find(|end| self.files.contains_key(&path[..*end]));
        let (found, rest) = path.split_at(inner.unwrap_or(0));
        let followed = rest.first().filter(|_| depth < 8).and_then(|name| {
            let mut bindings = self.files.get(found)?.bindings.iter();
            let binding = bindings.find(|binding| binding.name == *name)?;
            let onward = [&binding.path[..], &rest[1..]].concat();
            self.target(found, &onward, depth + 1)
        });
        Some(followed.unwrap_or_else(|| found.to_vec()))
    }
}

fn rust_files(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

/// `a/b.rs` and `a/b/mod.rs` are `["a", "b"]`; the two roots keep their names.
fn module_of(path: &Path) -> Module {
    let mut module: Module = path
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    let file = module.pop().unwrap();
    match file.as_str() {
        "lib.rs" | "main.rs" | "build.rs" if module.is_empty() => module.push(file),
        "mod.rs" => {}
        _ => module.push(file.trim_end_matches(".rs").to_owned()),
    }
    module
}

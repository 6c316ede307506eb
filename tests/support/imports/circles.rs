//! Circles between files, and between the folders that they lie in.

use std::collections::{BTreeMap, BTreeSet};

use super::{Module, Sources, shown};

/// Shortest ways round: for each node that can reach itself, once for each circle.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for start in edges.keys() {
        let mut ways = vec![vec![start.clone()]];
        let mut seen = BTreeSet::new();
        'search: while !ways.is_empty() {
            let mut longer = Vec::new();
            for way in ways {
                for next in edges.get(way.last().unwrap()).into_iter().flatten() {
                    if next == start {
                        let least = way.iter().enumerate().min_by_key(|(_, node)| *node);
                        let mut circle = way.clone();
                        circle.rotate_left(least.map_or(0, |(at, _)| at));
                        found.insert(circle);
                        break 'search;
                    }
                    if seen.insert(next.clone()) {
                        longer.push([&way[..], std::slice::from_ref(next)].concat());
                    }
                }
            }
            ways = longer;
        }
    }
    found
}

/// The circles between files and folders, in lines for a person, and how many imports there are.
///
/// In each folder, its own file (`mod.rs`) and what is below each of its modules are the nodes. A
/// circle between files is one between the nodes of the folder that has them all.
pub fn circles_in(sources: &Sources) -> (Vec<String>, usize) {
    let product = (sources.files.values()).filter(|file| sources.is_product(&file.module));
    // The folder, then who imports whom in it, with one pair of files that shows it.
    let mut folders: BTreeMap<Module, BTreeMap<(String, String), String>> = BTreeMap::new();
    let mut imports = 0;
    for file in product {
        for target in sources.imports(file) {
            imports += 1;
            let shared = file.module.iter().zip(&target).take_while(|(a, b)| a == b);
            let folder = file.module[..shared.count()].to_vec();
            let node = |module: &Module| {
                let child = module.get(folder.len());
                child.map_or("(its own file)".to_owned(), Clone::clone)
            };
            let nodes = (node(&file.module), node(&target));
            let example = format!("{} imports {}", shown(&file.module), shown(&target));
            folders.entry(folder).or_default().insert(nodes, example);
        }
    }
    let mut report = Vec::new();
    for (folder, pairs) in &folders {
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs.keys() {
            edges.entry(from.clone()).or_default().insert(to.clone());
        }
        for circle in circles(&edges) {
            report.push(format!("in src/{}:", shown(folder)));
            for (at, from) in circle.iter().enumerate() {
                let to = &circle[(at + 1) % circle.len()];
                report.push(format!("    {}", pairs[&(from.clone(), to.clone())]));
            }
        }
    }
    (report, imports)
}

//! What the tests of the documentation read in a Markdown file: commands, links, headings.

/// A line behind `$` in a `console` block, and the lines below it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    pub line: usize,
    /// Without `$`; lines that end with a backslash are joined with those that follow.
    pub command: String,
    /// What it prints, as far as the page shows it.
    pub output: Vec<String>,
}

/// The commands of every `console` block.
pub fn commands(text: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut fence: Option<&str> = None;
    let mut continues = false;
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(kind) = content.trim_start().strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(kind) };
            continues = false;
        } else if fence == Some("console") {
            match (continues, content.strip_prefix("$ "), found.last_mut()) {
                (true, _, Some(last)) => last.command.push_str(content.trim_start()),
                (_, Some(command), _) => found.push(Shown {
                    line,
                    command: command.to_owned(),
                    output: Vec::new(),
                }),
                (_, None, Some(last)) => last.output.push(content.to_owned()),
                (_, None, None) => panic!("line {line}: output before any command"),
            }
            let last = &mut found.last_mut().expect("one was found just now").command;
            continues = last.ends_with('\\');
            if continues {
                last.pop();
            }
        }
    }
    found
}

/// The lines that are not in a block of code, with their numbers.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect()
}

/// The target of each `[text](target)` and `![text](target)`, with its line.
pub fn links(text: &str) -> Vec<(usize, String)> {
    let targets = prose(text).into_iter().flat_map(|(line, content)| {
        let behind = content.split("](").skip(1);
        behind.filter_map(move |rest| Some((line, rest.split_once(')')?.0.to_owned())))
    });
    targets.collect()
}

/// The words between backticks, with their line.
pub fn code_spans(text: &str) -> Vec<(usize, &str)> {
    let spans = prose(text).into_iter().flat_map(|(line, content)| {
        content
            .split('`')
            .skip(1)
            .step_by(2)
            .map(move |c| (line, c))
    });
    spans.collect()
}

/// The anchors of a page's headings, as GitHub makes them: lower case, letters, digits, `-` and
/// `_`, and each blank a `-`.
pub fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text)
        .into_iter()
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| line.trim_start_matches('#').trim().to_lowercase());
    let anchors = headings.map(|heading| {
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    });
    anchors.collect()
}

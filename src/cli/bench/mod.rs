pub(super) fn run(_: &super::values::Values) -> super::exit::Exit {
    super::exit::Exit::Failure
}

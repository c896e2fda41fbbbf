//! Compiles the screens; fonts, icons and translations go into the program.

use slint_build::{CompilerConfiguration, DefaultTranslationContext, EmbedResourcesKind};

fn main() -> Result<(), slint_build::CompileError> {
    let configuration = CompilerConfiguration::new()
        .embed_resources(EmbedResourcesKind::EmbedFiles)
        .with_bundled_translations("lang")
        // A string keeps its translation when it moves to another component.
        .with_default_translation_context(DefaultTranslationContext::None)
        // Tests find elements by their labels; what is shipped needs none of it.
        .with_debug_info(std::env::var("PROFILE").is_ok_and(|profile| profile == "debug"));
    slint_build::compile_with_config("ui/panel.slint", configuration)
}

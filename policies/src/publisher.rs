//! Tools that publish packages to registries.

use crate::tool::Tool;

/// A tool that publishes, and how it is told where and as whom.
pub(crate) struct Publisher {
    pub(crate) names: &'static [&'static str],
    /// One of these in the arguments publishes.
    does: &'static [&'static [&'static str]],
    /// With one of these it only tries.
    dry: &'static [&'static str],
    /// Options with the token.
    pub(crate) token_options: &'static [&'static str],
    /// Variables with the token.
    pub(crate) token_variables: &'static [&'static str],
    /// Options that name the registry.
    pub(crate) registry_options: &'static [&'static str],
    /// Variables that name the registry.
    pub(crate) registry_variables: &'static [&'static str],
    /// What names the public registry, besides naming none.
    pub(crate) public: &'static [&'static str],
    /// Whether naming none stands for the public registry.
    pub(crate) by_default: bool,
}

impl Publisher {
    /// Whether a command of this tool publishes, and does not only try.
    pub(crate) fn publishes(&self, tool: &Tool<'_>) -> bool {
        tool.is_any(self.names) && self.does.iter().any(|words| tool.does(words)) && !tool.has_option(self.dry)
    }
}

const PYPI: &[&str] = &["upload.pypi.org", "test.pypi.org", "pypi", "testpypi"];

pub(crate) const PUBLISHERS: &[Publisher] = &[
    Publisher {
        names: &["cargo"],
        does: &[&["publish"]],
        dry: &["--dry-run", "-n"],
        token_options: &["--token"],
        token_variables: &["CARGO_REGISTRY_TOKEN"],
        registry_options: &["--registry", "--index"],
        registry_variables: &["CARGO_REGISTRY_DEFAULT"],
        public: &["crates-io"],
        by_default: true,
    },
    Publisher {
        names: &["npm", "pnpm", "yarn"],
        does: &[&["publish"], &["npm", "publish"]],
        dry: &["--dry-run", "-n"],
        token_options: &[],
        token_variables: &["NODE_AUTH_TOKEN", "NPM_TOKEN", "YARN_NPM_AUTH_TOKEN", "NPM_AUTH_TOKEN", "NPM_CONFIG_TOKEN"],
        registry_options: &["--registry"],
        registry_variables: &[
            "NPM_CONFIG_REGISTRY",
            "npm_config_registry",
            "YARN_NPM_REGISTRY_SERVER",
            "YARN_NPM_PUBLISH_REGISTRY",
        ],
        public: &["registry.npmjs.org"],
        by_default: true,
    },
    Publisher {
        names: &["twine", "uv", "hatch", "pdm", "poetry", "flit", "maturin"],
        does: &[&["publish"], &["upload"]],
        dry: &["--dry-run"],
        token_options: &["--token", "-t", "--password", "-p", "-a", "--auth"],
        token_variables: &[
            "TWINE_PASSWORD",
            "UV_PUBLISH_TOKEN",
            "UV_PUBLISH_PASSWORD",
            "HATCH_INDEX_AUTH",
            "PDM_PUBLISH_PASSWORD",
            "POETRY_PYPI_TOKEN_PYPI",
            "POETRY_HTTP_BASIC_PYPI_PASSWORD",
            "FLIT_PASSWORD",
            "MATURIN_PYPI_TOKEN",
            "MATURIN_PASSWORD",
        ],
        registry_options: &["--repository-url", "--repository", "-r", "--publish-url", "--index", "--repo"],
        registry_variables: &[
            "TWINE_REPOSITORY_URL",
            "TWINE_REPOSITORY",
            "UV_PUBLISH_URL",
            "HATCH_INDEX_REPO",
            "PDM_PUBLISH_REPO",
            "FLIT_INDEX_URL",
            "MATURIN_REPOSITORY",
            "MATURIN_REPOSITORY_URL",
        ],
        public: PYPI,
        by_default: true,
    },
    Publisher {
        names: &["gem"],
        does: &[&["push"]],
        dry: &[],
        token_options: &[],
        token_variables: &["GEM_HOST_API_KEY", "RUBYGEMS_API_KEY"],
        registry_options: &["--host"],
        registry_variables: &["RUBYGEMS_HOST"],
        public: &["rubygems.org"],
        by_default: true,
    },
    Publisher {
        names: &["dotnet", "nuget"],
        does: &[&["nuget", "push"], &["push"]],
        dry: &[],
        token_options: &["--api-key", "-k", "-ApiKey"],
        token_variables: &[],
        registry_options: &["--source", "-s", "-Source"],
        registry_variables: &[],
        public: &["nuget.org"],
        by_default: false,
    },
];

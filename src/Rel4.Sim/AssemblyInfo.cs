using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Rel4.Kernel.Tests")]
[assembly: InternalsVisibleTo("Rel4.Metal.Machine.Tests")]
[assembly: InternalsVisibleTo("Rel4.Refinement.Tests")]
[assembly: InternalsVisibleTo("Rel4.Runtime.Tests")]
[assembly: InternalsVisibleTo("Rel4.Testing")]
[assembly: InternalsVisibleTo("Rel4.Bench")]
[assembly: InternalsVisibleTo("Rel4.Hosted.Tests")]
[assembly: InternalsVisibleTo("Rel4.Kernel.Mutants")]

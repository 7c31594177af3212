using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Rel4.Runtime.Tests")]
[assembly: InternalsVisibleTo("Rel4.Bench")]
[assembly: InternalsVisibleTo("Rel4.Hosted")]
[assembly: InternalsVisibleTo("Rel4.Hosted.Tests")]
[assembly: InternalsVisibleTo("Rel4.Tasks")]
[assembly: InternalsVisibleTo("Rel4.Testing")]
[assembly: InternalsVisibleTo("Rel4.Ipc.Bench")]
[assembly: InternalsVisibleTo("Rel4.Kv.Tests")]

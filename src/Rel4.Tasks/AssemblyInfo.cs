using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
[assembly: InternalsVisibleTo("Rel4.Cli.Tests")]
[assembly: InternalsVisibleTo("Rel4.Hosted")]
[assembly: InternalsVisibleTo("Rel4.Hosted.Probe")]
[assembly: InternalsVisibleTo("Rel4.Hosted.Tests")]
[assembly: InternalsVisibleTo("Rel4.Ipc.Bench")]
[assembly: InternalsVisibleTo("Rel4.Nats")]
[assembly: InternalsVisibleTo("Rel4.Testing")]

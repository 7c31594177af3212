using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
[assembly: InternalsVisibleTo("Rel4.Cli.Tests")]
[assembly: InternalsVisibleTo("Rel4.Grpc.Bench")]
[assembly: InternalsVisibleTo("Rel4.Nats.Bench")]

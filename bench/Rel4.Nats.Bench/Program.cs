using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Ipc.Bench;
using Rel4.Nats;
using Rel4.Nats.Bench;

[assembly: SupportedOSPlatform("linux")]

// dotnet run -c Release --project bench/Rel4.Nats.Bench [-- --quick]
const CapRights Client = CapRights.Write | CapRights.Grant, Receiver = CapRights.Read | CapRights.Grant;
Pace pace = args is ["--quick"]
    ? new Pace(15, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10))
    : new Pace(61, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(60));
string folder = Directory.CreateTempSubdirectory("rel4-bench-").FullName;
// Tasks have users of their own: the client writes its result there.
File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
string exporterKey = Path.Combine(folder, "exporter.nk"), grantKey = Path.Combine(folder, "grant.nk");
NatsKey.Create(exporterKey);
string publicKey = NatsKey.Create(grantKey), url = $"nats://127.0.0.1:{FreePort()}";

SystemBuilder exporter = Compose();
EndpointDefinition requests = exporter.AddEndpoint("requests");
exporter.AddTask("echo", NatsTasks.Echo).Grant("requests", requests, Receiver);
WithNetwork(exporter.AddTask("plain", NatsTasks.EchoPlain));
exporter.ExportEndpoint(requests, "bench", exporterKey).To("grant", publicKey, badge: 1);

SystemBuilder importer = Compose();
EndpointDefinition local = importer.AddEndpoint("local");
importer.AddTask("echo", NatsTasks.Echo).Grant("requests", local, Receiver);
WithNetwork(importer.AddTask("client", NatsTasks.Measure))
    .Grant("local", local, Client)
    .Grant("imported", importer.ImportEndpoint("imported", "bench", "grant", grantKey), Client)
    .Environment(BenchmarkTask.FolderVariable, folder)
    .Environment(BenchmarkTask.PaceVariable, JsonSerializer.Serialize(pace, FiguresContext.Default.Pace));

var machine = MachineDescription.Read();
string configuration = Path.Combine(folder, "nats.conf");
// Plain calls are of whoever comes without a key.
File.WriteAllText(configuration, $"host: 127.0.0.1\nport: {new Uri(url).Port}\nno_auth_user: plain\n{NatsServerUsers.Write(exporter.Build().Nats!)}\naccounts {{ PLAIN {{ users: [ {{ user: plain, password: plain }} ] }} }}\n"
    .Replace("}\n\naccounts {", "", StringComparison.Ordinal));
using Process server = Process.Start(new ProcessStartInfo("nats-server", ["-c", configuration]) { RedirectStandardError = true })!;
try
{
    await using RunningSystem exporting = await exporter.StartAsync();
    await using RunningSystem importing = await importer.StartAsync();
    await importing["client"].Completion;
    NatsFigures figures = Scenario.ReadResult(folder, NatsFiguresContext.Default.NatsFigures) ?? throw new BenchmarkException("The client ended without a result.");
    Console.WriteLine(machine);
    Console.WriteLine($"calls with {NatsTasks.MessageBytes} bytes each way, through one server of this machine; {figures.Rounds} rounds in turn, median (quartiles)");
    foreach (NatsPoint point in figures.Points)
    {
        Console.WriteLine(
            $"{point.Concurrency,3} at a time: imported endpoint {point.Imported.Show(1e3)} us a call, NATS.Net {point.Plain.Show(1e3)} us a call, ratio in a round {point.Ratio.Show()}; endpoint of this machine {point.Local.Show(1e3)} us");
    }
}
finally
{
    server.Kill();
    Directory.Delete(folder, recursive: true);
}

SystemBuilder Compose()
{
    var builder = new SystemBuilder();
    builder.Nats.Server(url);
    return builder;
}

TaskBuilder WithNetwork(TaskBuilder task) => task
    .Sandbox(new SandboxPolicy { Sockets = SocketAccess.Internet, WritablePaths = [folder] })
    .Environment(NatsTasks.UrlVariable, url);

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

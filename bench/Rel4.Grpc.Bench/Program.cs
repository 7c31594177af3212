using System.Runtime.Versioning;
using Rel4.Grpc.Bench;
using Rel4.Ipc.Bench;

[assembly: SupportedOSPlatform("linux")]

// dotnet run -c Release --project bench/Rel4.Grpc.Bench [-- --quick]
Pace pace = args is ["--quick"]
    ? new Pace(5, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10))
    : new Pace(61, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(60));
var machine = MachineDescription.Read();
GrpcFigures figures = await new Scenario(GrpcClient.Run, GrpcServer.Run)
    .RunAsync(pace, GrpcFiguresContext.Default.GrpcFigures, new Progress<string>(), CancellationToken.None);
Console.WriteLine(machine);
Console.WriteLine($"unary calls of gRPC with {GrpcClient.MessageBytes} bytes each way over one connection between two processes; {figures.Rounds} rounds in turn, median (quartiles)");
foreach (GrpcPoint point in figures.Points)
    Console.WriteLine($"{point.Concurrency,3} at a time: endpoint {point.Endpoint.Show(1e3)} us a call, Unix socket {point.UnixSocket.Show(1e3)} us a call, ratio in a round {point.Ratio.Show()}");

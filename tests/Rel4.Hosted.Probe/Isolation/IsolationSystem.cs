using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Runs a system in which one task tries every <see cref="Trespass"/> on the others.</summary>
/// <remarks>
/// The attacker holds capabilities for the victim's objects, each with too few rights. In the control system the owner stands in its place:
/// it runs the same code with all rights, so what it tries must succeed.
/// </remarks>
internal static class IsolationSystem
{
    public const string Attacker = "attacker", Owner = "owner";

    /// <summary>Names the variable that tells a task the number of the kernel's process.</summary>
    public const string KernelVariable = "PROBE_KERNEL";

    public const int HeapBits = 20;

    /// <summary>Says what this kernel takes for a short pause: so long that also a task that has to wait for a processor makes its calls in a row.</summary>
    public static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    /// <summary>Runs the system until its intruder is through.</summary>
    /// <param name="intruder"><see cref="Attacker"/> or <see cref="Owner"/>.</param>
    public static int Run(string intruder)
    {
        bool isOwner = intruder == Owner;
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(Placement: KernelPlacement.Together) { ShortPause = ShortPause } };
        EndpointDefinition requests = builder.AddEndpoint("requests");
        EndpointDefinition silence = builder.AddEndpoint("silence");
        EndpointDefinition bait = builder.AddEndpoint("bait");
        NotificationDefinition first = builder.AddNotification("first");
        NotificationDefinition second = builder.AddNotification("second");
        FrameDefinition page = builder.AddFrame("page");
        FrameDefinition spare = builder.AddFrame("spare");

        builder.AddTask("victim", Victim.Run)
            .Grant("requests", requests, CapRights.Read)
            .Grant("page", page, CapRights.ReadWrite);
        builder.AddTask("client", Client.Run)
            .Grant("bait", bait, CapRights.Write | CapRights.GrantReply);
        builder.AddTask(intruder, Intruder.Run)
            .Environment(KernelVariable, $"{Environment.ProcessId}")
            .Grant("send", requests, isOwner ? CapRights.All : CapRights.Write | CapRights.GrantReply, isOwner ? 0 : Victim.IntrudersBadge)
            .Grant("receive-only", requests, isOwner ? CapRights.All : CapRights.Read)
            .Grant("send-only", silence, isOwner ? CapRights.ReadWrite : CapRights.Write)
            .Grant("bait", bait, CapRights.Read)
            .Grant("wait-only", first, isOwner ? CapRights.ReadWrite : CapRights.Read, isOwner ? 1ul : 0)
            .Grant("signal-only", second, isOwner ? CapRights.ReadWrite : CapRights.Write, badge: 2)
            .Grant("page", page, isOwner ? CapRights.ReadWrite : CapRights.Read)
            .Grant("spare", spare, isOwner ? CapRights.ReadWrite : CapRights.Read)
            .GrantMemory("heap", isOwner ? HeapBits + 3 : HeapBits)
            .AsyncMemory(0) // so that it holds nothing that was not granted: its runtime would make objects of its own
            .StartAfter("victim", "client");
        return RunAsync(builder, intruder).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(SystemBuilder builder, string intruder)
    {
        var options = new SupervisionOptions { Output = new Lines(), GracePeriod = TimeSpan.FromSeconds(1) };
        await using RunningSystem system = await builder.StartAsync(options);
        await system[intruder].Completion.WaitAsync(s_limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return system[intruder].LastEnd is { IsSuccess: true } ? 0 : 1;
    }

    /// <summary>Passes on what tasks write and what is reported about them.</summary>
    private sealed class Lines : IOutputSink
    {
        public void Write(OutputLine line)
        {
            TextWriter writer = line.Kind == OutputKind.Output ? Console.Out : Console.Error;
            writer.WriteLine(line.Kind == OutputKind.Output ? line.Text : $"{line.Task}: {line.Text}");
            writer.Flush();
        }
    }
}

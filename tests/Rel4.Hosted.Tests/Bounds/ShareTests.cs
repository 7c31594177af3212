using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Kernel;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Measures what is left to a pair of tasks beside others that want the kernel for themselves.</summary>
[Collection(nameof(OneKernel))]
public sealed class ShareTests(ITestOutputHelper output)
{
    private const int MostAttackers = 3;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(700);

    public static TheoryData<Attack> Attacks => [.. Enum.GetValues<Attack>()];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Call_BesideAttackers_KeepsItsShareAndTheKernelAllocatesNothing(Attack attack)
    {
        await using RunningSystem system = await StartAsync(attack);
        await MeasureAsync(system, attackers: 0);
        double before = await MeasureAsync(system, attackers: 0);
        long allocated = Allocated(system);
        double besideOne = await MeasureAsync(system, attackers: 1);
        double besideThree = await MeasureAsync(system, MostAttackers);
        allocated = Allocated(system) - allocated;
        double alone = (before + await MeasureAsync(system, attackers: 0)) / 2;

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{attack}: {alone:0} calls a second alone, {besideOne / alone:0.00} of that beside one, {besideThree / alone:0.00} beside three"));
        Assert.Equal(0, allocated);
    }

    private static async Task<RunningSystem> StartAsync(Attack attack)
    {
        const CapRights Client = CapRights.Write | CapRights.GrantReply;
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(MemoryBits: 26, RootCNodeBits: 8) };
        FrameDefinition board = builder.AddFrame(AttackBoard.Name);
        EndpointDefinition service = builder.AddEndpoint("service"), nobody = builder.AddEndpoint("nobody");
        NotificationDefinition never = builder.AddNotification("never");
        builder.AddTask("server", Attackers.Serve).Grant("requests", service, CapRights.Read);
        builder.AddTask("client", Attackers.Call).Grant("server", service, Client).Grant(AttackBoard.Name, board, CapRights.ReadWrite);
        for (int i = 0; i < MostAttackers; i++)
        {
            builder.AddTask($"attacker-{i}", Attackers.Attack)
                .Environment(Attackers.AttackVariable, attack.ToString())
                .Environment(Attackers.NumberVariable, i.ToString(CultureInfo.InvariantCulture))
                .Grant(AttackBoard.Name, board, CapRights.ReadWrite)
                .Grant("nobody", nobody, CapRights.Write)
                .Grant("never", never, CapRights.Read)
                .GrantMemory("heap", sizeBits: 22);
        }

        return await builder.StartAsync(new SupervisionOptions { Output = new Recorder() }, TestContext.Current.CancellationToken);
    }

    /// <summary>Counts the pair's calls a second beside so many attackers.</summary>
    private static async Task<double> MeasureAsync(RunningSystem system, int attackers)
    {
        SetAttackers(system, attackers);
        await Task.Delay(Window / 4, TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        ulong before = CountCalls(system);
        await Task.Delay(Window, TestContext.Current.CancellationToken);
        ulong after = CountCalls(system);
        return (after - before) / clock.Elapsed.TotalSeconds;
    }

    private static unsafe long Allocated(RunningSystem system)
    {
        long bytes = 0;
        system.Kernel.Inspect(_ => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }

    private static unsafe void SetAttackers(RunningSystem system, int attackers) =>
        system.Kernel.Inspect(state => AttackBoard.Attackers(ref *FindBoard(system, state)) = (ulong)attackers);

    private static unsafe ulong CountCalls(RunningSystem system)
    {
        ulong calls = 0;
        system.Kernel.Inspect(state => calls = AttackBoard.Calls(ref *FindBoard(system, state)));
        return calls;
    }

    /// <summary>Finds the frame in the kernel's own memory.</summary>
    private static unsafe AttackBoard* FindBoard(RunningSystem system, KernelState* state)
    {
        TaskPlan client = system["client"].Plan;
        ulong slot = client.Manifest.Capabilities.First(capability => capability.Name == AttackBoard.Name).Slot;
        var root = (Slot*)state->RootThread->CSpaceRoot.Cap.Address;
        return (AttackBoard*)((Slot*)root[client.CNode].Cap.Address)[slot].Cap.Address;
    }
}

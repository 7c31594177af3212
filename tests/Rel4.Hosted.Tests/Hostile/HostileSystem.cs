using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Bounds;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>A system with attackers, whom they attack, and others, and measures how these fare.</summary>
internal sealed class HostileSystem : IAsyncDisposable
{
    /// <summary>As many calls of each bystander tell how many it makes, if it is not let run for long.</summary>
    private const int EnoughCalls = 5;

    /// <summary>What may be under way at any time: other clients come and go, and each bit of the server's doorbell takes a slot when it is first given out.</summary>
    /// <remarks>The channels that one client may have, 8, are 24 descriptors: a leak of half of them is seen.</remarks>
    private const int PassingDescriptors = 12, PassingSlots = Doorbells.Count + 24;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(10);

    private readonly string[] _bystanders;
    private readonly string _victim;
    private readonly Recorder _output = new();
    private RunningSystem _system = null!;
    private unsafe HostileBoard* _board;

    private HostileSystem(string victim, params string[] bystanders) => (_victim, _bystanders) = (victim, bystanders);

    private unsafe ProcessHoldings Victim => _board->Victim;

    private unsafe long Steps => Volatile.Read(ref _board->Steps);

    /// <summary>Starts a server that attackers are clients of.</summary>
    public static Task<HostileSystem> StartWithClientsAsync(IReadOnlyList<PeerAttack> attacks)
    {
        var system = new HostileSystem("server", "asynchronous", "synchronous", "newcomer");
        SystemBuilder builder = Begin(out EndpointDefinition requests, out FrameDefinition board);
        builder.AddTask("server", Victims.Serve).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server).Grant(HostileBoard.Name, board, CapRights.ReadWrite);
        Action[] programs = [Bystanders.CallAsynchronously, Bystanders.CallSynchronously, Bystanders.ComeAnew];
        for (int i = 0; i < programs.Length; i++)
            system.AddBystander(builder, i, programs[i], requests, board);
        for (int i = 0; i < attacks.Count; i++)
        {
            AddAttacker(builder, i, attacks[i], board).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 100 + (ulong)i);
        }

        return system.StartAsync(builder);
    }

    /// <summary>Starts clients that talk to an honest server, and to attackers as servers.</summary>
    public static Task<HostileSystem> StartWithServersAsync(IReadOnlyList<PeerAttack> attacks)
    {
        var system = new HostileSystem("asynchronous", "asynchronous", "synchronous");
        SystemBuilder builder = Begin(out EndpointDefinition requests, out FrameDefinition board);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        Action[] programs = [Victims.CallAsynchronously, Victims.CallSynchronously];
        TaskBuilder[] victims = [.. programs.Select((program, i) => system.AddBystander(builder, i, program, requests, board))];
        for (int i = 0; i < attacks.Count; i++)
        {
            EndpointDefinition hostile = builder.AddEndpoint(Victims.HostileEndpoint(i));
            AddAttacker(builder, i, attacks[i], board).Grant(AsyncSystem.Requests, hostile, AsyncSystem.Server).Restart(RestartPolicy.OnFailure);
            for (int j = 0; j < victims.Length; j++)
                victims[j].Grant(Victims.HostileEndpoint(i), hostile, AsyncSystem.Client, badge: (ulong)j + 1);
        }

        foreach (TaskBuilder victim in victims)
            victim.Environment(Victims.HostileVariable, attacks.Count.ToString(CultureInfo.InvariantCulture));
        return system.StartAsync(builder);
    }

    /// <summary>Measures without the attack, then with it.</summary>
    /// <param name="duration">How long it goes on.</param>
    /// <param name="attack">The attack. Its share is looked for a while longer, before a bystander is found not to have it.</param>
    public async Task<Measured> AttackAsync(TimeSpan duration, PeerAttack attack)
    {
        await MeasureAsync(s_warmUp);
        double[] before = await MeasureAsync(s_window, EnoughCalls);
        ProcessHoldings held = Victim;
        BeginAttack();
        await MeasureAsync(s_warmUp);
        await Eventually.HoldsAsync(
            () => Steps >= attack.Steps || EndOf(_victim) is not null, () => $"{attack.Name} has made {Steps} steps of {attack.Steps}\n{_output.All}");

        var best = new double[_bystanders.Length];
        ProcessHoldings most = held;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration || (clock.Elapsed < duration + s_patience && AnyHasLess());)
        {
            double[] rates = await MeasureAsync(s_window);
            for (int i = 0; i < rates.Length; i++)
                best[i] = Math.Max(best[i], rates[i]);
            most = most with
            {
                Memory = Math.Max(most.Memory, Victim.Memory),
                Descriptors = Math.Max(most.Descriptors, Victim.Descriptors),
                Slots = Math.Max(most.Slots, Victim.Slots),
            };
        }

        bool AnyHasLess() => best.Zip(before).Any(rates => rates.First < attack.LeastShare * rates.Second) && EndOf(_victim) is null;

        return new Measured([.. _bystanders.Select((name, i) => Fare(name, i, before[i], best[i]))], held, most, Steps, EndOf(_victim), _output.All);
    }

    /// <summary>Ends all attackers, and waits until the victim holds what it held before.</summary>
    public async Task AssertRecoversAsync(Measured measured)
    {
        foreach (RunningTask attacker in _system.Tasks.Where(task => task.Name.StartsWith("attacker", StringComparison.Ordinal)))
            await attacker.StopAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(
            () => Victim.Descriptors <= measured.Held.Descriptors + PassingDescriptors && Victim.Slots <= measured.Held.Slots + PassingSlots,
            () => $"the victim held {measured.Held} before the attack, {measured.Most} at most, and {Victim} after the attackers' end\n{_output.All}",
            s_recovery);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private static SystemBuilder Begin(out EndpointDefinition requests, out FrameDefinition board)
    {
        var builder = new SystemBuilder();
        requests = builder.AddEndpoint(AsyncSystem.Requests);
        board = builder.AddFrame(HostileBoard.Name);
        return builder;
    }

    private static TaskBuilder AddAttacker(SystemBuilder builder, int number, PeerAttack attack, FrameDefinition board) =>
        builder.AddTask(string.Create(CultureInfo.InvariantCulture, $"attacker{number}"), attack.Program).Grant(HostileBoard.Name, board, CapRights.ReadWrite)
            .GrantMemory(KernelAttacks.Heap, KernelAttacks.HeapBits).CNodeBits(KernelAttacks.CNodeBits);

    private TaskBuilder AddBystander(SystemBuilder builder, int number, Action program, EndpointDefinition requests, FrameDefinition board) =>
        builder.AddTask(_bystanders[number], program)
            .Environment(Bystanders.LineVariable, number.ToString(CultureInfo.InvariantCulture))
            .Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: (ulong)number + 1)
            .Grant(HostileBoard.Name, board, CapRights.ReadWrite);

    private async Task<HostileSystem> StartAsync(SystemBuilder builder)
    {
        _system = await AsyncSystem.StartAsync(builder, _output);
        try
        {
            Look();
            await Eventually.HoldsAsync(
                () => Victim.Memory != 0 && Enumerable.Range(0, _bystanders.Length).All(i => LineOf(i).Calls > 1),
                () => $"not all are served before the attack\n{_output.All}");
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }

        unsafe void Look() => _board = (HostileBoard*)BoardFrame.Find(_system, "asynchronous", HostileBoard.Name);
    }

    private unsafe void BeginAttack() => Volatile.Write(ref _board->Begun, 1);

    private unsafe BystanderLine LineOf(int number) => *HostileBoard.LineOf(_board, number);

    /// <summary>Counts the calls a second of each bystander.</summary>
    private async Task<double[]> MeasureAsync(TimeSpan window, int leastCalls = 0)
    {
        var clock = Stopwatch.StartNew();
        long[] before = CountCalls();
        do
            await Task.Delay(window, TestContext.Current.CancellationToken);
        while (clock.Elapsed < s_patience && CountCalls().Zip(before).Any(calls => calls.First < calls.Second + leastCalls));
        return [.. CountCalls().Zip(before, (after, before) => (after - before) / clock.Elapsed.TotalSeconds)];
    }

    private long[] CountCalls() => [.. Enumerable.Range(0, _bystanders.Length).Select(i => LineOf(i).Calls)];

    private Fare Fare(string name, int number, double before, double during)
    {
        BystanderLine line = LineOf(number);
        long underWay = line.Since == 0 ? 0 : Stopwatch.GetTimestamp() - line.Since;
        long wait = Math.Max(line.LongestDuring, underWay);
        return new Fare(name, before, during, TimeSpan.FromSeconds((double)wait / Stopwatch.Frequency), line.Errors);
    }

    private string? EndOf(string task) =>
        _system[task] is { State: TaskState.Running, Restarts: 0 } ? null : $"{task} has ended: {_system[task].LastEnd}";
}

using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Is a system of victims, of tasks that deal with them, and of a steady pair that has nothing to do with either.</summary>
internal sealed class SurvivalSystem : IAsyncDisposable
{
    private const string SteadyClient = "steady-client";

    private readonly Recorder _output;
    private readonly RunningSystem _system;

    // The frame in the kernel's own memory, where it stays until the kernel ends.
    private unsafe Board* _board;

    private unsafe SurvivalSystem(RunningSystem system, Recorder output)
    {
        _system = system;
        _output = output;
        TaskPlan plan = system[SteadyClient].Plan;
        ulong slot = plan.Manifest.Capabilities.First(capability => capability.Name == Board.Name).Slot;
        Kernel.Inspect(state => _board = (Board*)RootSlots(state)[plan.CNode].Cap.Slots[slot].Cap.Address);
    }

    public HostedKernel Kernel => _system.Kernel;

    /// <summary>Gets what tasks said on their error stream; those that are killed say nothing.</summary>
    public IEnumerable<(string Task, string Text)> Complaints => _output.Of(OutputKind.Error);

    /// <summary>Gets all that was written, for people.</summary>
    public string Output => _output.All;

    /// <summary>Starts it with all victims waiting for a notification.</summary>
    public static async Task<SurvivalSystem> StartAsync(CancellationToken cancellation)
    {
        const CapRights Client = CapRights.Write | CapRights.GrantReply;
        RestartPolicy soon = new() { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1), Factor = 1 };
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(MemoryBits: 32, RootCNodeBits: 8) };
        FrameDefinition board = builder.AddFrame(Board.Name);
        EndpointDefinition steady = builder.AddEndpoint("steady"), slow = builder.AddEndpoint("slow"), pipe = builder.AddEndpoint("pipe");
        EndpointDefinition deaf = builder.AddEndpoint("deaf"), mute = builder.AddEndpoint("mute");
        NotificationDefinition never = builder.AddNotification("never");

        builder.AddTask("steady-server", Programs.ServeSteadily).Grant("requests", steady, CapRights.Read);
        builder.AddTask(SteadyClient, Programs.CallSteadily).Grant("server", steady, Client).Grant(Board.Name, board, CapRights.ReadWrite);
        builder.AddTask("slow", Programs.ServeSlowly).Grant("requests", slow, CapRights.Read);
        builder.AddTask("taker", Programs.Take).Grant("pipe", pipe, CapRights.Read);
        for (int i = 0; i < Board.Victims; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            EndpointDefinition own = builder.AddEndpoint($"own-{number}");
            builder.AddTask(VictimName(i), Programs.Victim).Environment(Programs.Number, number).Restart(soon)
                .Grant(Board.Name, board, CapRights.ReadWrite)
                .Grant("own", own, CapRights.Read)
                .Grant("slow", slow, Client)
                .Grant("deaf", deaf, CapRights.Write | CapRights.Grant)
                .Grant("mute", mute, CapRights.Read)
                .Grant("pipe", pipe, CapRights.Write | CapRights.Grant)
                .Grant("never", never, CapRights.Read)
                .GrantMemory("heap", sizeBits: 16);
            builder.AddTask($"caller-{number}", Programs.CallVictim).Environment(Programs.Number, number)
                .Grant(Board.Name, board, CapRights.ReadWrite).Grant("victim", own, Client);
        }

        var output = new Recorder();
        return new SurvivalSystem(await builder.StartAsync(new SupervisionOptions { Output = output }, cancellation), output);
    }

    /// <summary>Gets the tasks that nobody kills and that have ended all the same.</summary>
    public IEnumerable<string> Casualties =>
        _system.Tasks.Where(task => task.Definition.Restart.When == RestartCondition.Never && task.State != TaskState.Running).Select(task => task.Name);

    /// <summary>Gets how many calls the steady pair has made.</summary>
    public unsafe ulong Steady => Volatile.Read(ref Board.Steady(ref *_board));

    /// <summary>Gets how many calls of a victim's caller ended because it died.</summary>
    public unsafe ulong Abandoned(int victim) => Volatile.Read(ref Board.Abandoned(ref *_board, victim));

    public RunningTask Victim(int victim) => _system[VictimName(victim)];

    /// <summary>Kills a victim if it is where its order says.</summary>
    /// <param name="nextOrder">Where its next life goes.</param>
    public unsafe bool TryKill(int victim, KillPoint point, KillPoint nextOrder)
    {
        bool killed = false;
        Kernel.Inspect(state =>
        {
            ref Board board = ref *_board;
            if (FindProcess(state, victim) is not { IsDead: false } process || !IsAt(state, point, victim, ref board))
                return;
            Board.Order(ref board, victim) = (ulong)nextOrder;
            Board.Reached(ref board, victim) = 0;
            ProcessDescriptor.Kill(process.PidDescriptor);
            if (point == KillPoint.BeforeTransfer)
                AwaitTaker(state, process.PidDescriptor);
            killed = true;
        });
        return killed;
    }

    /// <summary>Stops a victim that runs, until it is killed.</summary>
    public unsafe void Stop(int victim) => Kernel.Inspect(state =>
    {
        using var process = new SafeFileHandle(FindProcess(state, victim)!.PidDescriptor, ownsHandle: false);
        ProcessDescriptor.Send(process, Signal.Stop);
    });

    /// <summary>Tells whether a victim is where its order says.</summary>
    public unsafe bool IsAt(int victim, KillPoint point)
    {
        bool isAt = false;
        Kernel.Inspect(state => isAt = IsAt(state, point, victim, ref *_board));
        return isAt;
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private static string VictimName(int victim) => string.Create(CultureInfo.InvariantCulture, $"victim-{victim}");

    private static unsafe Slot* RootSlots(KernelState* state) => state->Shared->RootThread->CSpaceRoot.Cap.Slots;

    // The slots behind that of a task's CNode are for its address space, trap page and thread, in this order.
    private unsafe HostedProcess? FindProcess(KernelState* state, int victim)
    {
        ref readonly Capability space = ref RootSlots(state)[Victim(victim).Plan.CNode + 1].Cap;
        return space.Type == CapType.VSpace ? KernelLoop.Of(state).Population.ProcessOf(space) : null;
    }

    private unsafe bool IsAt(KernelState* state, KillPoint point, int victim, ref Board board)
    {
        ref readonly Capability thread = ref RootSlots(state)[Victim(victim).Plan.CNode + 3].Cap;
        if (thread.Type != CapType.Thread)
            return false;
        var tcb = (Tcb*)thread.Address;
        bool reached = Board.Reached(ref board, victim) != 0;
        return point switch
        {
            KillPoint.AtStart => true,
            KillPoint.InSend or KillPoint.BeforeTransfer => reached && tcb->State == ThreadState.BlockedOnSend,
            KillPoint.InReceive => reached && tcb->State == ThreadState.BlockedOnReceive,
            KillPoint.InCall => reached && tcb->State == ThreadState.BlockedOnSend,
            KillPoint.AwaitingReply => reached && tcb->State == ThreadState.BlockedOnReply,
            KillPoint.OwingReply => reached && !tcb->Caller.IsEmpty,
            KillPoint.InWait => reached && tcb->State == ThreadState.BlockedOnNotification,
            _ => reached,
        };
    }

    /// <summary>Lets the kernel go on when the victim is dead and the taker has asked for its message.</summary>
    private unsafe void AwaitTaker(KernelState* state, int victim)
    {
        ref readonly Capability thread = ref RootSlots(state)[_system["taker"].Plan.CNode + 3].Cap;
        HostedThread taker = KernelLoop.Of(state).Population.ThreadOf((Tcb*)thread.Address)!;
        using var process = new SafeFileHandle(victim, ownsHandle: false);
        Assert.True(ProcessDescriptor.WaitForEnd(process, TimeSpan.FromSeconds(10)), "a killed process does not end");
        Assert.True(SpinWait.SpinUntil(() => taker.HasRequest, TimeSpan.FromSeconds(10)), "the taker does not ask");
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Kernel;
using Rel4.Runtime;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Is a task that has a lane to an honest one and writes what it likes there, and a bystander that calls the honest server as well.</summary>
/// <remarks>The honest ones look at every answer, and send each other words that the hostile one must not see.</remarks>
internal sealed class HostilePartySystem : IAsyncDisposable
{
    private const string BoardName = "board", Requests = "requests", HostileEndpoint = "hostile";
    // So many bits of a secret are the same that no random word is taken for one; below them are the call's number and the word's.
    private const ulong Plain = 0, Secret = 1, SecretWords = 0x5EC2_E75E_C200_0000, SecretMask = 0xFFFF_FFFF_FF00_0000, OfHonest = 0x8000;
    private const int ContinueSignal = 18, SecretLength = 10;

    private readonly RunningSystem _system;
    private readonly HostedProcess _hostile;
    private readonly ulong _honest;
    private unsafe ulong* _board;

    private HostilePartySystem(RunningSystem system, string honest)
    {
        _system = system;
        _hostile = Find("hostile", out _);
        Find(honest, out _honest);
    }

    private enum Word
    {
        Seed,
        BystandersCalls,
        HonestCalls,
        Wrong,
        Seen,
        Scribbles,
        LeaveHostile,
    }

    public HostedKernel Kernel => _system.Kernel;

    /// <summary>Gets how many right answers the bystander got.</summary>
    public ulong BystandersCalls => Read(Word.BystandersCalls);

    /// <summary>Gets how many right answers the honest one of the lane got from somebody else.</summary>
    public ulong HonestCalls => Read(Word.HonestCalls);

    /// <summary>Gets how many answers were wrong.</summary>
    public ulong Wrong => Read(Word.Wrong);

    /// <summary>Gets how many words the hostile one saw that were none of its business.</summary>
    public ulong Seen => Read(Word.Seen);

    /// <summary>Gets how often it scribbled.</summary>
    public ulong Scribbles => Read(Word.Scribbles);

    /// <summary>Starts it, with the hostile one as client or as server.</summary>
    public static async Task<HostilePartySystem> StartAsync(LaneParty hostile, int seed, CancellationToken cancellation)
    {
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(MemoryBits: 24, RootCNodeBits: 8, Placement: KernelPlacement.Spread) };
        FrameDefinition board = builder.AddFrame(BoardName);
        EndpointDefinition requests = builder.AddEndpoint(Requests);
        builder.AddTask("server", Serve).AsyncMemory(0).Grant(Requests, requests, CapRights.Read);
        Honest("bystander", CallAlone);
        if (hostile == LaneParty.Client)
        {
            Honest("hostile", CallAndScribble);
        }
        else
        {
            EndpointDefinition endpoint = builder.AddEndpoint(HostileEndpoint);
            builder.AddTask("hostile", ServeAndScribble).AsyncMemory(0).Grant(HostileEndpoint, endpoint, CapRights.Read).Grant(BoardName, board, CapRights.ReadWrite);
            Honest("caller", CallBoth).Grant(HostileEndpoint, endpoint, CapRights.Write | CapRights.GrantReply);
        }

        RunningSystem running = await builder.StartAsync(new SupervisionOptions { Output = new Recorder() }, cancellation);
        var system = new HostilePartySystem(running, hostile == LaneParty.Client ? "server" : "caller");
        system.Write(Word.Seed, (uint)seed);
        return system;

        TaskBuilder Honest(string name, Action program) => builder.AddTask(name, program).AsyncMemory(0)
            .Grant(Requests, requests, CapRights.Write | CapRights.GrantReply).Grant(BoardName, board, CapRights.ReadWrite);
    }

    /// <summary>Gets whether the hostile one has ended by itself.</summary>
    public bool HasDied => _hostile.IsDead;

    /// <summary>Stops the hostile one where it is.</summary>
    public void Stop() => Send(Signal.Stop);

    public void GoOn() => Send(ContinueSignal);

    public void Kill() => Send(Signal.Kill);

    /// <summary>Has the honest one call the hostile one no more.</summary>
    public void Leave() => Write(Word.LeaveHostile, 1);

    /// <summary>Tells whether the honest one waits for somebody to receive, as it would without lanes.</summary>
    public unsafe bool IsQueued()
    {
        bool isQueued = false;
        Kernel.Inspect(state => isQueued = TcbIn(state, _honest)->State == ThreadState.BlockedOnSend);
        return isQueued;
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private static void Serve()
    {
        Rel4.Runtime.EndpointCap requests = TaskContext.Endpoint(Requests);
        Span<ulong> reply = stackalloc ulong[SecretLength];
        ReceivedMessage message = requests.Receive();
        while (true)
        {
            int length = message.Label == Secret ? Math.Min(message.Words.Length, SecretLength) : 0;
            for (int i = 0; i < length; i++)
                reply[i] = message[i] + 1;
            message = requests.ReplyReceive(message.Label, reply[..length]);
        }
    }

    private static void CallAlone()
    {
        Span<ulong> board = Map();
        for (ulong i = 0; ; i++)
        {
            CallSecretly(board, i, Word.BystandersCalls);
            Thread.Sleep((int)(i % 20));
        }
    }

    /// <summary>Calls the hostile one, which may answer what it likes, and the honest one, many times each.</summary>
    private static void CallBoth()
    {
        Span<ulong> board = Map();
        Rel4.Runtime.EndpointCap hostile = TaskContext.Endpoint(HostileEndpoint);
        for (ulong i = 0; ; i++)
        {
            CallSecretly(board, OfHonest | i, Word.HonestCalls);
            for (int calls = 0; calls < 200 && Volatile.Read(ref board[(int)Word.LeaveHostile]) == 0; calls++)
            {
                try
                {
                    hostile.Call(Plain);
                }
                catch (ReplyAbandonedException)
                {
                    // It has died.
                }
            }
        }
    }

    private static void CallAndScribble()
    {
        Span<ulong> board = Map();
        Rel4.Runtime.EndpointCap server = TaskContext.Endpoint(Requests);
        BeginToScribble(board);
        while (true)
            Try(() => server.Call(Plain));
    }

    private static void ServeAndScribble()
    {
        BeginToScribble(Map());
        Rel4.Runtime.EndpointCap endpoint = TaskContext.Endpoint(HostileEndpoint);
        endpoint.Receive();
        while (true)
            Try(() => endpoint.ReplyReceive(Plain));
    }

    /// <summary>Makes a call whose answer may be any nonsense: that is what comes of its own scribbling.</summary>
    private static void Try(Action call)
    {
        try
        {
            call();
        }
        catch (Exception nonsense) when (nonsense is SeL4Exception or SeL4FaultException or ReplyAbandonedException or InvalidOperationException)
        {
            Thread.Yield();
        }
    }

    /// <summary>Scribbles on another thread than the one whose lane it is, so at every moment of that.</summary>
    private static unsafe void BeginToScribble(Span<ulong> shared)
    {
        TaskThread thread = TaskThread.Current!;
        var board = (ulong*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(shared));
        new Thread(() =>
        {
            while (thread.Lane == null || Volatile.Read(ref board[(int)Word.Seed]) == 0)
                Thread.Sleep(1);
            var random = new Random((int)Volatile.Read(ref board[(int)Word.Seed]));
            while (true)
            {
                // At first the thread's own words are left alone, so that it gets far.
                Scribbler.Scribble(thread, random, times: 20, board[(int)Word.Scribbles] < 2000 ? ScribblerReach.Page : ScribblerReach.All);
                foreach (ulong word in new ReadOnlySpan<ulong>(thread.Lane!.Page, LanePage.Size / sizeof(ulong)))
                    board[(int)Word.Seen] += (word & SecretMask) == SecretWords ? 1ul : 0;
                board[(int)Word.Scribbles] += 20;
            }
        }) { IsBackground = true }.Start();
    }

    private static void CallSecretly(Span<ulong> board, ulong number, Word count)
    {
        Span<ulong> words = stackalloc ulong[SecretLength];
        for (int i = 0; i < SecretLength; i++)
            words[i] = SecretWords + ((number & 0xFFFF) << 8) + (ulong)i;
        ReceivedMessage answer = TaskContext.Endpoint(Requests).Call(Secret, words);
        bool isRight = answer.Label == Secret && answer.Words.Length == SecretLength;
        for (int i = 0; isRight && i < SecretLength; i++)
            isRight = answer[i] == words[i] + 1;
        Volatile.Write(ref board[(int)(isRight ? count : Word.Wrong)], board[(int)(isRight ? count : Word.Wrong)] + 1);
    }

    private static Span<ulong> Map() =>
        MemoryMarshal.Cast<byte, ulong>(CurrentTask.Map(TaskContext.Frame(BoardName).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite));

    private static unsafe Rel4.Kernel.Tcb* TcbIn(KernelState* state, ulong slot) =>
        state->Shared->RootThread->CSpaceRoot.Cap.Slots[slot].Cap.Thread;

    // The slots behind that of a task's CNode are for its address space, trap page and thread, in this order.
    private unsafe HostedProcess Find(string task, out ulong thread)
    {
        TaskPlan plan = _system[task].Plan;
        ulong tcb = thread = plan.CNode + 3;
        NamedCapability board = plan.Manifest.Capabilities.FirstOrDefault(capability => capability.Name == BoardName);
        HostedProcess? process = null;
        Kernel.Inspect(state =>
        {
            process = KernelLoop.Of(state).Population.ThreadOf(TcbIn(state, tcb))!.Process;
            if (board.Name != null)
                _board = (ulong*)state->Shared->RootThread->CSpaceRoot.Cap.Slots[plan.CNode].Cap.Slots[board.Slot].Cap.Address;
        });
        return process!;
    }

    private void Send(int signal)
    {
        using var process = new SafeFileHandle(_hostile.PidDescriptor, ownsHandle: false);
        try
        {
            ProcessDescriptor.Send(process, signal);
        }
        catch (LinuxException)
        {
            // It has died of its own nonsense.
        }
    }

    private unsafe ulong Read(Word word) => Volatile.Read(ref _board[(int)word]);

    private unsafe void Write(Word word, ulong value) => Volatile.Write(ref _board[(int)word], value);
}

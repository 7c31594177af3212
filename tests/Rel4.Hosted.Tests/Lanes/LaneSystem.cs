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

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Is a client and a server, each a process, whose lane the test brings to a moment, and a third task that calls the same server.</summary>
/// <remarks>The kernel does not gather threads, so it takes no lane back because its threads rest.</remarks>
internal sealed class LaneSystem : IAsyncDisposable
{
    /// <summary>What the client notes in the place of a reply.</summary>
    public const ulong Abandoned = 999;

    private const string BoardName = "board";
    private const ulong Plain = 0, Held = 1;
    private const int ContinueSignal = 18;

    private readonly RunningSystem _system;
    private readonly Party _client;
    private readonly Party _server;

    // In the kernel's own memory, as the trap pages are; the lane stays open while the test looks.
    private unsafe ulong* _board;

    private LaneSystem(RunningSystem system)
    {
        _system = system;
        _client = Find("client");
        _server = Find("server");
    }

    private enum Word
    {
        OtherIsReady,
        MayRest,
        Rests,
        MayCall,
        Handles,
        MayReply,
        Result,
        OthersMayCall,
        OthersResult,
    }

    public HostedKernel Kernel => _system.Kernel;

    /// <summary>Gets where the lane is for the client.</summary>
    public unsafe LaneWord ClientsWord => new(Volatile.Read(ref ((TrapPage*)_client.Page)->Lane));

    /// <summary>Gets where the lane is for the server.</summary>
    public unsafe LaneWord ServersWord => new(Volatile.Read(ref ((TrapPage*)_server.Page)->Lane));

    /// <summary>Gets what came of the client's last call; 0 if nothing has yet.</summary>
    public ulong Result => Read(Word.Result);

    /// <summary>Starts it, and returns when the lane is open.</summary>
    public static async Task<LaneSystem> StartAsync(CancellationToken cancellation)
    {
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(MemoryBits: 24, RootCNodeBits: 8, Placement: KernelPlacement.Spread) };
        FrameDefinition board = builder.AddFrame(BoardName);
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", Serve).AsyncMemory(0).Grant("requests", requests, CapRights.Read).Grant(BoardName, board, CapRights.ReadWrite);
        builder.AddTask("client", Call).AsyncMemory(0).Grant("server", requests, CapRights.Write | CapRights.GrantReply).Grant(BoardName, board, CapRights.ReadWrite);
        builder.AddTask("other", CallOnce).AsyncMemory(0).Grant("server", requests, CapRights.Write | CapRights.GrantReply).Grant(BoardName, board, CapRights.ReadWrite);
        var output = new Recorder();
        RunningSystem running = await builder.StartAsync(new SupervisionOptions { Output = output }, cancellation);
        var system = new LaneSystem(running);
        try
        {
            // What else goes on at the start of a system closes lanes: then the client goes on calling.
            await Eventually.HoldsAsync(system.TryRest, () => $"the lane does not open. {output.All}", TimeSpan.FromMinutes(2));
            return system;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>Brings the lane to a moment, and stops whoever would go on.</summary>
    public async Task ReachAsync(LaneMoment moment)
    {
        switch (moment)
        {
            case LaneMoment.Called:
                Send(_server, Signal.Stop);
                Write(Word.MayCall);
                await Eventually.HoldsAsync(() => ClientsWord.State == LaneState.Calling, () => "the client does not call");
                break;
            case LaneMoment.Handled:
                Write(Word.MayCall);
                await Eventually.HoldsAsync(() => Read(Word.Handles) != 0, () => "the server does not handle the call");
                break;
            case LaneMoment.Replied:
                Write(Word.MayCall);
                await Eventually.HoldsAsync(() => Read(Word.Handles) != 0, () => "the server does not handle the call");
                Send(_client, Signal.Stop);
                Write(Word.MayReply);
                await Eventually.HoldsAsync(() => ServersWord.State == LaneState.Waiting, () => "the server does not reply");
                break;
        }

        Assert.Equal(moment is LaneMoment.Idle ? LaneState.Idle : LaneState.Calling, ClientsWord.State);
        Assert.Equal(moment is LaneMoment.Handled ? LaneState.Handling : LaneState.Waiting, ServersWord.State);
    }

    /// <summary>Lets the server go on, and reply.</summary>
    public void LetServerGoOn()
    {
        Write(Word.MayReply);
        Send(_server, ContinueSignal);
    }

    public void StopClient() => Send(_client, Signal.Stop);

    public void StopServer() => Send(_server, Signal.Stop);

    public void KillClient() => Send(_client, Signal.Kill);

    public void KillServer() => Send(_server, Signal.Kill);

    /// <summary>Lets both go on that live.</summary>
    public void GoOn()
    {
        Write(Word.MayCall);
        Write(Word.MayReply);
        Send(_client, ContinueSignal);
        Send(_server, ContinueSignal);
    }

    /// <summary>Lets the third task call, and waits for the answer.</summary>
    public async Task CallFromOtherAsync()
    {
        Write(Word.OthersMayCall);
        await Eventually.HoldsAsync(() => Read(Word.OthersResult) == 43, () => "the server does not answer others");
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private static void Serve()
    {
        Span<ulong> board = Map();
        Rel4.Runtime.EndpointCap requests = TaskContext.Endpoint("requests");
        ReceivedMessage message = requests.Receive();
        while (true)
        {
            ulong word = message[0];
            if (message.Label == Held)
            {
                Volatile.Write(ref board[(int)Word.Handles], 1);
                Await(ref board[(int)Word.MayReply]);
            }

            message = requests.ReplyReceive(0, word + 1);
        }
    }

    private static void Call()
    {
        Span<ulong> board = Map();
        Rel4.Runtime.EndpointCap server = TaskContext.Endpoint("server");

        // What a task does at its start closes lanes.
        Await(ref board[(int)Word.OtherIsReady]);
        while (Volatile.Read(ref board[(int)Word.MayCall]) == 0)
        {
            if (Volatile.Read(ref board[(int)Word.MayRest]) == 0)
            {
                server.Call(Plain, 1);
                continue;
            }

            Volatile.Write(ref board[(int)Word.Rests], 1);
            Thread.Sleep(1);
        }

        ulong result;
        try
        {
            result = server.Call(Held, 7)[0];
        }
        catch (ReplyAbandonedException)
        {
            result = Abandoned;
        }

        Volatile.Write(ref board[(int)Word.Result], result);
        Thread.Sleep(Timeout.Infinite);
    }

    private static void CallOnce()
    {
        Span<ulong> board = Map();
        Volatile.Write(ref board[(int)Word.OtherIsReady], 1);
        Await(ref board[(int)Word.OthersMayCall]);
        Volatile.Write(ref board[(int)Word.OthersResult], TaskContext.Endpoint("server").Call(Plain, 42)[0]);
        Thread.Sleep(Timeout.Infinite);
    }

    private static Span<ulong> Map() =>
        MemoryMarshal.Cast<byte, ulong>(CurrentTask.Map(TaskContext.Frame(BoardName).CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite));

    private static void Await(ref ulong word)
    {
        while (Volatile.Read(ref word) == 0)
            Thread.Sleep(1);
    }

    private static void Send(Party party, int signal)
    {
        using var process = new SafeFileHandle(party.Process.PidDescriptor, ownsHandle: false);
        try
        {
            ProcessDescriptor.Send(process, signal);
        }
        catch (LinuxException)
        {
            // It is dead already.
        }
    }

    private unsafe ulong Read(Word word) => Volatile.Read(ref _board[(int)word]);

    private unsafe void Write(Word word, ulong value = 1) => Volatile.Write(ref _board[(int)word], value);

    /// <summary>Lets the client rest if the lane is open, and call on if it is not.</summary>
    private bool TryRest()
    {
        bool isOpen = ClientsWord.State != LaneState.Closed && ServersWord.State != LaneState.Closed;
        Write(Word.MayRest, isOpen ? 1u : 0);
        if (isOpen && Read(Word.Rests) != 0)
            return true;
        Write(Word.Rests, 0);
        return false;
    }

    // The slots behind that of a task's CNode are for its address space, trap page and thread, in this order.
    private unsafe Party Find(string task)
    {
        Party? party = null;
        TaskPlan plan = _system[task].Plan;
        ulong slot = plan.Manifest.Capabilities.First(capability => capability.Name == BoardName).Slot;
        Kernel.Inspect(state =>
        {
            Slot* slots = state->Shared->RootThread->CSpaceRoot.Cap.Slots;
            HostedThread thread = KernelLoop.Of(state).Population.ThreadOf(slots[plan.CNode + 3].Cap.Thread)!;
            party = new Party(thread.Process, (nint)thread.Page);
            _board = (ulong*)slots[plan.CNode].Cap.Slots[slot].Cap.Address;
        });
        return party!;
    }

    private sealed record Party(HostedProcess Process, nint Page);
}

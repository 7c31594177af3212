using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds peers that hand over a doorbell that outlives them and die, or wear another's doorbell out, and those who talk with them.</summary>
internal static class ForeignDoorbellPrograms
{
    /// <summary>How many clients die behind one doorbell: together they may have all of a server's channels.</summary>
    public const int Clients = 4;

    /// <summary>The endpoint through which an accomplice gives its doorbell.</summary>
    public const string Accomplice = "accomplice";

    private const int Registrations = 2000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Dies with channels for which the server's own doorbell was given; restarted, is honest.</summary>
    public static void DieBehindServersDoorbell() => DieThenCall(static () => HostileChannel.Open().PeerDoorbell);

    /// <summary>Dies with channels for which a doorbell of one that lives was given; restarted, is honest.</summary>
    public static void DieBehindAccomplice() => DieThenCall(static () =>
    {
        ulong slot = HostileChannel.TakeSlot();
        TaskContext.CNode.ReceiveInto(slot);
        TaskContext.Endpoint(Accomplice).Call(0);
        return slot;
    });

    /// <summary>Gives its doorbell to whoever asks, and lives.</summary>
    public static void GiveDoorbell()
    {
        while (true)
            TaskContext.Endpoint(Accomplice).Receive().Reply(0, [], [HostileChannel.Doorbell]);
    }

    /// <summary>Opens channels by the server's own doorbell.</summary>
    public static void JoinWithServersDoorbell()
    {
        HostileBoard.AwaitAttack();
        ulong doorbell = HostileChannel.Open().PeerDoorbell;
        for (; ; HostileBoard.NoteStep())
        {
            if (!TryOpen(doorbell))
                Thread.Sleep(1);
        }
    }

    /// <summary>Gives its client's doorbell back and dies; restarted, is honest.</summary>
    public static unsafe void GiveBackThenServe()
    {
        if (Interlocked.Increment(ref HostileBoard.Map()->Steps) > 1)
            Service.Run();
        else
            new GivesBack().Receive();
    }

    /// <summary>Gives clients their doorbells back and dies, each time that it is started.</summary>
    public static void GiveBackAndDie()
    {
        HostileBoard.AwaitAttack();
        HostileBoard.NoteStep();
        new GivesBack().Receive();
    }

    /// <summary>Calls without a limit, and then whoever serves then.</summary>
    public static void CallTwice() => ReL4.Run(static async () =>
    {
        try
        {
            using IpcResponse none = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, new byte[] { 1 });
            Console.WriteLine("answered");
        }
        catch (ChannelEndedException closed)
        {
            Console.WriteLine(closed.Reason);
        }

        using IpcResponse echo = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, new byte[] { 1 });
        Console.WriteLine($"echo {echo.Length}");
    });

    /// <summary>Registers with the server's doorbell and takes it back, from several threads.</summary>
    public static void RegisterAndUnregister()
    {
        HostileBoard.AwaitAttack();
        ulong doorbell = HostileChannel.Open().PeerDoorbell;
        for (int i = 0; i < 3; i++)
        {
            TcbCap thread = MachineUser.MakeThread();
            MachineUser.Machine.StartThread(thread, $"registers {i}", () => Register(thread.CPtr));
        }

        Register(MachineUser.MakeThread().CPtr);

        void Register(ulong thread)
        {
            while (true)
            {
                if (SeL4.TCB_RegisterSender(thread, doorbell, out SenderHandle handle) != SeL4Error.NoError)
                    continue;
                HostileBoard.NoteStep();
                _ = SeL4.TCB_UnregisterSender(thread, doorbell);
                // What came for this process is closed, so that it lasts.
                CurrentTask.Connection.TakeSender(handle)?.Dispose();
            }
        }
    }

    /// <summary>Computes while others register, and answers by how many descriptors it has more then.</summary>
    public static void ComputeWhileOthersRegister() => ReL4.Run(static async () =>
    {
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            await request.ReplyAsync(0, BitConverter.GetBytes(Compute()));
    });

    /// <summary>Tells what the server has answered.</summary>
    public static void AskForDescriptors() => ReL4.Run(static async () =>
    {
        using IpcResponse more = await AsyncSystem.Endpoint.CallAsync(0);
        Console.WriteLine(BitConverter.ToInt64(more.Payload));
    });

    private static unsafe long Compute()
    {
        HostileBoard* board = HostileBoard.Map();
        long before = ProcessHoldings.Measure().Descriptors;
        Volatile.Write(ref board->Begun, 1);
        while (Volatile.Read(ref board->Steps) < Registrations)
            Thread.Sleep(1);
        return ProcessHoldings.Measure().Descriptors - before;
    }

    private static unsafe void DieThenCall(Func<ulong> findDoorbell)
    {
        HostileBoard* board = HostileBoard.Map();
        if (Interlocked.Increment(ref board->Steps) <= Clients)
        {
            ulong doorbell = findDoorbell();
            int opened = 0;
            for (int failed = 0; failed < 20;)
            {
                if (TryOpen(doorbell))
                    opened++;
                else
                    failed++;
            }

            // One that got none has proved nothing.
            Environment.Exit(opened > 0 ? 1 : 0);
        }

        while (Volatile.Read(ref board->Steps) < 2 * Clients)
            Thread.Sleep(10);
        CallUntilAnswered();
    }

    /// <summary>Calls until there is room: the kernel tells the server of the deaths in its turn.</summary>
    private static void CallUntilAnswered() => ReL4.Run(static async () =>
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using IpcResponse echo = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Echo, new byte[] { 1 });
                Console.WriteLine($"echo {echo.Length}");
                return;
            }
            catch (ChannelRefusedException) when (clock.Elapsed < s_patience)
            {
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20));
            }
        }
    });

    private static bool TryOpen(ulong doorbell)
    {
        var channel = new HostileChannel();
        ChannelRefusal refusal;

        // Whoever opens much rests meanwhile.
        while ((refusal = channel.Offer(channel.FrameForPeer)) == ChannelRefusal.Busy)
            Thread.Sleep(1);
        if (refusal == ChannelRefusal.None && channel.Join(doorbell) == ChannelRefusal.None)
            return true;
        channel.Dispose();
        return false;
    }

    private sealed class GivesBack : HostileServer
    {
        private unsafe ChannelFrame* _peer;

        protected override unsafe void AnswerOffer(ReceivedMessage message, ulong frame)
        {
            // Lasts as long as the process.
            var channel = new HostileChannel();
            message.Reply(0, [1], [channel.FrameForPeer]);
            channel.TakePeerFrame(frame);
            _peer = channel.Peer;
        }

        protected override unsafe void AnswerJoin(ReceivedMessage message, ulong doorbell)
        {
            message.Reply(0, [], [doorbell]);
            while (Volatile.Read(ref *((ulong*)_peer + (ChannelFrame.HeaderSize / sizeof(ulong)))) == 0)
                Thread.Sleep(1);
            Environment.Exit(1);
        }
    }
}

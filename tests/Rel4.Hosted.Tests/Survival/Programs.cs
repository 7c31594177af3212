using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Holds what the tasks do, each in a process of its own.</summary>
internal static class Programs
{
    /// <summary>Names the environment variable with the number of a victim, or of the victim that a task calls.</summary>
    public const string Number = "NUMBER";

    private const int OwnFrames = 8;

    /// <summary>Goes where its order says, to be killed there.</summary>
    public static void Victim()
    {
        int self = ReadNumber();
        ref Board board = ref Board.Map();
        ref ulong reached = ref Board.Reached(ref board, self);
        switch ((KillPoint)Board.Order(ref board, self))
        {
            case KillPoint.InSend or KillPoint.BeforeTransfer or KillPoint.InTransfer:
                Volatile.Write(ref reached, 1);
                SendForEver();
                break;
            case KillPoint.InReceive:
                Volatile.Write(ref reached, 1);
                TaskContext.Endpoint("mute").Receive();
                break;
            case KillPoint.InCall:
                Volatile.Write(ref reached, 1);
                TaskContext.Endpoint("deaf").Call(0, 1);
                break;
            case KillPoint.AwaitingReply or KillPoint.Stopped:
                CallForEver(ref reached);
                break;
            case KillPoint.WithItsSocketClosed:
                _ = Descriptors.Close(CurrentTask.SocketNumber);
                try
                {
                    CallForEver(ref reached);
                }
                catch (KernelEndedException)
                {
                    // Its own side may notice that it can't hear the kernel any more.
                }

                break;
            case KillPoint.FloodingItsSocket:
                Volatile.Write(ref reached, 1);
                while (true)
                    _ = DescriptorSocket.TrySend(CurrentTask.SocketNumber, new TaskMessage { Kind = TaskMessageKind.Process }, CurrentTask.SocketNumber, 0);
            case KillPoint.OwingReply:
                TaskContext.Endpoint("own").Receive();
                Volatile.Write(ref reached, 1);
                break;
            case KillPoint.WithFramesMapped:
                MapFrames();
                Volatile.Write(ref reached, 1);
                break;
            default:
                Volatile.Write(ref reached, 1);
                TaskContext.Notification("never").Wait();
                break;
        }

        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Calls one victim for ever and counts how its calls end.</summary>
    public static void CallVictim()
    {
        int victim = ReadNumber();
        ref Board board = ref Board.Map();
        EndpointCap service = TaskContext.Endpoint("victim");
        while (true)
        {
            try
            {
                service.Call(0, 1);
                Board.Answered(ref board)++;
            }
            catch (ReplyAbandonedException)
            {
                Board.Abandoned(ref board, victim)++;
            }
        }
    }

    /// <summary>Calls the steady server for ever.</summary>
    public static void CallSteadily()
    {
        ref Board board = ref Board.Map();
        EndpointCap server = TaskContext.Endpoint("server");
        for (ulong i = 0; ; i++)
        {
            if (server.Call(0, i)[0] != i + 1)
                throw new InvalidOperationException("the answer is another's");
            Volatile.Write(ref Board.Steady(ref board), i);
        }
    }

    /// <summary>Answers at once.</summary>
    public static void ServeSteadily()
    {
        EndpointCap requests = TaskContext.Endpoint("requests");
        ReceivedMessage message = requests.Receive();
        while (true)
            message = requests.ReplyReceive(0, message[0] + 1);
    }

    /// <summary>Answers late.</summary>
    public static void ServeSlowly()
    {
        EndpointCap requests = TaskContext.Endpoint("requests");
        while (true)
        {
            requests.Receive();
            Thread.Sleep(20);
            SeL4.Reply(default);
        }
    }

    /// <summary>Takes the messages and capabilities that victims send, a few at a time.</summary>
    public static void Take()
    {
        EndpointCap pipe = TaskContext.Endpoint("pipe");
        ulong slot = TaskContext.FreeSlots.Start;
        while (true)
        {
            for (int i = 0; i < 10; i++)
            {
                TaskContext.CNode.ReceiveInto(slot);
                if (pipe.TryReceive(out ReceivedMessage message) && message.HasReceivedCapability)
                    TaskContext.CNode.Delete(slot);
            }

            Thread.Sleep(1);
        }
    }

    private static void CallForEver(ref ulong reached)
    {
        Volatile.Write(ref reached, 1);
        while (true)
            TaskContext.Endpoint("slow").Call(0, 1);
    }

    private static void SendForEver()
    {
        ulong[] words = new ulong[Limits.MessageWords];
        ulong[] capabilities = [TaskContext.Endpoint("deaf").CPtr];
        while (true)
            TaskContext.Endpoint("pipe").Send(1, words, capabilities);
    }

    private static void MapFrames()
    {
        ulong slot = TaskContext.FreeSlots.Start;
        for (int i = 0; i < OwnFrames; i++, slot++)
        {
            TaskContext.Untyped("heap").Retype(ObjectType.Page4K, new CapSlot(TaskContext.CNode.CPtr, slot));
            Span<byte> memory = CurrentTask.Map(slot, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
            if (memory.ContainsAnyExcept((byte)0))
                throw new InvalidOperationException("the frame holds what somebody wrote before");
            memory.Fill(0xA5);
        }
    }

    private static int ReadNumber() => int.Parse(Environment.GetEnvironmentVariable(Number)!, CultureInfo.InvariantCulture);
}

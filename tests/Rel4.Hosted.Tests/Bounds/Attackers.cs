using System.Globalization;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Hostile;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Holds what the tasks of these tests do, each in a process of its own.</summary>
internal static unsafe class Attackers
{
    /// <summary>Names the environment variable with the attack.</summary>
    public const string AttackVariable = "ATTACK";

    /// <summary>Names the environment variable with the attacker's number.</summary>
    public const string NumberVariable = "NUMBER";

    private const int Burst = 100;

    private const int Processes = 8;

    private static AttackBoard* s_board;
    private static TaskThread s_thread = null!;
    private static ulong s_number;
    private static uint s_noise = 1;

    /// <summary>Calls the pair's server for ever.</summary>
    public static void Call()
    {
        ref AttackBoard board = ref AttackBoard.Map();
        EndpointCap server = TaskContext.Endpoint("server");
        for (ulong i = 0; ; i++)
        {
            try
            {
                if (server.Call(0, i)[0] != i + 1)
                    throw new InvalidOperationException("the answer is another's");
            }
            catch (ReplyAbandonedException)
            {
                // One of the tests kills the server.
            }

            Volatile.Write(ref AttackBoard.Calls(ref board), i);
        }
    }

    /// <summary>Answers the pair's client.</summary>
    public static void Serve()
    {
        EndpointCap requests = TaskContext.Endpoint("requests");
        ReceivedMessage message = requests.Receive();
        while (true)
            message = requests.ReplyReceive(0, message[0] + 1);
    }

    /// <summary>Attacks while it is told to.</summary>
    public static void Attack()
    {
        s_number = ulong.Parse(Environment.GetEnvironmentVariable(NumberVariable)!, CultureInfo.InvariantCulture);
        fixed (AttackBoard* board = &AttackBoard.Map())
            s_board = board;
        s_thread = TaskThread.Current!;
        switch (Enum.Parse<Attack>(Environment.GetEnvironmentVariable(AttackVariable)!))
        {
            case Bounds.Attack.Compute:
                Repeat(() => Thread.SpinWait(10));
                break;
            case Bounds.Attack.Yield:
                Repeat(SeL4.Yield);
                break;
            case Bounds.Attack.SendToNobody:
                Repeat(() => SeL4.NBSend(TaskContext.Endpoint("nobody").CPtr, new MessageInfo(0, 0, 0, 4)));
                break;
            case Bounds.Attack.FailingInvocation:
                Repeat(() => SeL4.CNode_Copy(TaskContext.CNode.CPtr, 1, 64, TaskContext.CNode.CPtr, 1, 64, CapRights.All));
                break;
            case Bounds.Attack.MapSmallFrames:
                Repeat(() => MapFrame(ObjectType.Page4K, TaskContext.Untyped("heap"), TaskContext.FreeSlots.Start, TaskContext.VSpace));
                break;
            case Bounds.Attack.MapLargeFrames:
                Repeat(() => MapFrame(ObjectType.LargePage, TaskContext.Untyped("heap"), TaskContext.FreeSlots.Start, TaskContext.VSpace));
                break;
            case Bounds.Attack.MapLargeFramesAsMany:
                MapFramesAsMany();
                break;
            case Bounds.Attack.RingDoorbell:
                RepeatBeside(() => Descriptors.Ring(s_thread.Doorbell));
                break;
            case Bounds.Attack.ScribbleOverTrapPage:
                RepeatBeside(Scribble);
                break;
            case Bounds.Attack.FloodSocket:
                Repeat(() => DescriptorSocket.TrySend(CurrentTask.SocketNumber, new TaskMessage { Kind = TaskMessageKind.Process }, 0, 1));
                break;
        }
    }

    private static void Repeat(Action attack)
    {
        while (true)
        {
            if (s_number >= Volatile.Read(ref AttackBoard.Attackers(ref *s_board)))
                Thread.Sleep(1);
            for (int i = 0; i < Burst && s_number < Volatile.Read(ref AttackBoard.Attackers(ref *s_board)); i++)
                attack();
        }
    }

    /// <summary>Attacks from a thread that the kernel does not know, while the task's own is blocked in the kernel.</summary>
    private static void RepeatBeside(Action attack)
    {
        new Thread(() => Repeat(attack)) { IsBackground = true }.Start();
        TaskContext.Notification("never").Wait();
    }

    private static void MapFrame(ObjectType size, UntypedCap memory, ulong slot, VSpaceCap space)
    {
        SeL4.Untyped_Retype(memory.CPtr, size, 0, TaskContext.CNode.CPtr, 0, 0, slot, 1);
        SeL4.X86_Page_Map(slot, space.CPtr, 0, CapRights.ReadWrite, default);
        SeL4.CNode_Delete(TaskContext.CNode.CPtr, slot, 64);
    }

    private static void MapFramesAsMany()
    {
        for (int i = 0; i < Processes; i++)
        {
            var memory = new UntypedCap(MachineUser.TakeSlot());
            MachineUser.Machine.Holdings.Memory.Retype(ObjectType.Untyped, TaskContext.CNode[memory.CPtr], Limits.LargePageBits);
            ulong frame = MachineUser.TakeSlot();
            VSpaceCap space = OwnProcess.Make(MachineUser.Machine.Holdings.Memory, MachineUser.TakeSlot(), out int ownEnd);
            OwnProcess.Run(space, ownEnd, () => Repeat(() => MapFrame(ObjectType.LargePage, memory, frame, space)));
        }

        Thread.Sleep(Timeout.Infinite);
    }

    private static void Scribble()
    {
        foreach (ref uint word in new Span<uint>(s_thread.Page, TrapPage.Size / sizeof(uint)))
        {
            s_noise ^= s_noise << 13;
            s_noise ^= s_noise >> 17;
            s_noise ^= s_noise << 5;
            Volatile.Write(ref word, s_noise);
        }
    }
}

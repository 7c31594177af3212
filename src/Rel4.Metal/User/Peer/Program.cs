using System.Runtime;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Does what the root task says: serves, calls, signals.</summary>
internal static unsafe class Program
{
    private const ulong UsualHeap = 2 << 20;

    /// <summary>Gets with how many coroutines, or how often.</summary>
    public static int Count { get; private set; }

    /// <summary>Gets how many calls each coroutine makes.</summary>
    public static ulong Calls { get; private set; }

    [RuntimeExport("task_main")]
    private static void Main(ulong argument)
    {
        Count = (int)(uint)(argument >> 8);
        Calls = argument >> 40;
        switch ((PairRole)argument)
        {
            case PairRole.Serve:
                ReL4.Run(&Server.ServeAsync);
                break;
            case PairRole.Call:
                ReL4.Run(&Callers.CallAsync);
                break;
            case PairRole.Ping:
                ReL4.Run(&Signals.PingAsync);
                break;
            case PairRole.Pong:
                ReL4.Run(&Signals.PongAsync);
                break;
            case PairRole.Poll:
                ReL4.Run(&Signals.PollAsync);
                break;
            case PairRole.CallSynchronously:
                ReL4.Run(&Callers.CallSynchronouslyAsync);
                break;
            case PairRole.CallLong:
                ReL4.Run(&LongMessages.CallLongAsync);
                break;
            case PairRole.CallByPriority:
                ReL4.Run(&Callers.CallByPriorityAsync);
                break;
            case PairRole.Send:
                ReL4.Run(&Callers.SendAsync);
                break;
            case PairRole.CallUnanswered:
                ReL4.Run(&Callers.CallUnansweredAsync);
                break;
            case PairRole.CallWithout:
                ReL4.Run(&Callers.CallWithoutAsync);
                break;
            case PairRole.Forge:
                ReL4.Run(&Attacks.ForgeAsync);
                break;
            case PairRole.Hoard:
                ReL4.Run(&Attacks.HoardAsync);
                break;
            case PairRole.OpenWithoutEnd:
                ReL4.Run(&Attacks.OpenWithoutEndAsync);
                break;
            case PairRole.OpenMany:
                ReL4.Run(&Attacks.OpenManyAsync);
                break;
            case PairRole.WriteGarbage:
                ReL4.Run(&Attacks.WriteGarbageAsync);
                break;
            case PairRole.AcceptTwice:
                ReL4.Run(&Attacks.AcceptTwiceAsync);
                break;
            case PairRole.TakeMemory:
                ReL4.Run(&Attacks.TakeMemoryAsync);
                break;
            case PairRole.BeginLong:
                ReL4.Run(&Attacks.BeginLongAsync);
                break;
            case PairRole.ServeWithLittle:
                Heap.Take(Heap.Left - UsualHeap);
                ReL4.Run(&Server.ServeAsync);
                break;
            case PairRole.AcceptAndLeave:
                ReL4.Run(&Attacks.AcceptAndLeaveAsync);
                break;
            case PairRole.CallOnAndOn:
                ReL4.Run(&Callers.CallOnAndOnAsync);
                break;
        }
    }
}

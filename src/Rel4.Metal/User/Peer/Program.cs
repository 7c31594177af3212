using System.Runtime;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Does what the root task says: serves, calls, signals.</summary>
internal static unsafe class Program
{
    /// <summary>Gets with how many coroutines, or how often.</summary>
    public static int Count { get; private set; }

    [RuntimeExport("task_main")]
    private static void Main(ulong argument)
    {
        Count = (int)(argument >> 8);
        switch ((PairRole)argument)
        {
            case PairRole.Serve:
                ReL4.Run(&Server.ServeAsync);
                break;
            case PairRole.Call:
                ReL4.Run(&Callers.CallAsync);
                break;
        }
    }
}

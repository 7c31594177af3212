using System.Numerics;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls from many coroutines.</summary>
internal static class Callers
{
    private const int Most = 64;

    /// <summary>Calls each time the task is signalled, and tells how many replies were right and how long it took.</summary>
    /// <remarks>The signal's number, counted from the first, says how many callers there are: two to that power.</remarks>
    public static async CoTask CallAsync()
    {
        var callers = new Caller[Most];
        for (int i = 0; i < callers.Length; i++)
            callers[i] = new Caller((ulong)i);
        while (true)
        {
            int count = 1 << (BitOperations.Log2(await ReL4.Wait(BrokerLayout.Bell)) - BrokerLayout.FirstSignal);
            ulong right = 0, start = TaskCode.Timestamp();
            for (int i = 0; i < count; i++)
            {
                callers[i].Calls = (ulong)(KvLayout.Calls / count);
                callers[i].Id = Spawn(callers[i]);
            }

            for (int i = 0; i < count; i++)
            {
                await Executor.Current!.Join(callers[i].Id);
                right += callers[i].TakeRight();
            }

            RootTask.Tell(right, TaskCode.Timestamp() - start);
        }
    }

    private static unsafe CoroutineId Spawn(Caller caller) => Executor.Current!.Spawn(&Caller.CallManyAsync, caller);
}

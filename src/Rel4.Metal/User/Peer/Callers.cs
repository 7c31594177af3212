using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls from many coroutines.</summary>
internal static class Callers
{
    /// <summary>Calls each time the task is signalled, and tells how many replies were right.</summary>
    public static async CoTask CallAsync()
    {
        var callers = new Caller[Program.Count];
        for (int i = 0; i < callers.Length; i++)
            callers[i] = new Caller((ulong)i);
        while (true)
        {
            await ReL4.Wait(BrokerLayout.Bell);
            for (int i = 0; i < callers.Length; i++)
                callers[i].Id = Spawn(callers[i]);
            ulong right = 0;
            for (int i = 0; i < callers.Length; i++)
            {
                await Executor.Current!.Join(callers[i].Id);
                right += callers[i].TakeRight();
            }

            RootTask.Tell(right);
        }
    }

    private static unsafe CoroutineId Spawn(Caller caller) => Executor.Current!.Spawn(&Caller.CallManyAsync, caller);
}

using System.Runtime.CompilerServices;
using System.Text;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Calls from threads that have no executor, all that there are.</summary>
internal static class PoolPrograms
{
    private const int Callers = 64, CallsOfEach = 20;

    /// <summary>Blocks every thread of the pool by calls, and one more by a call that has a limit and is never answered.</summary>
    public static void BlockThePool()
    {
        // No thread is left for anybody's continuation, nor will there be one.
        ThreadPool.SetMinThreads(Environment.ProcessorCount, Environment.ProcessorCount);
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, Environment.ProcessorCount);
        Task<int>[] callers = [.. Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallInTurn(number)))];
        string limit = "none";
        var limited = new Thread(() =>
            limit = Assert.ThrowsAny<Exception>(() => AsyncSystem.Endpoint.CallAsync((ushort)Order.Hold, default, TimeSpan.FromMilliseconds(300)).AsTask().GetAwaiter().GetResult()).GetType().Name);
        limited.Start();
        Task.WaitAll(callers);
        limited.Join();
        Console.WriteLine($"{callers.Sum(caller => caller.Result)} answered, {limit}");
    }

    /// <summary>Makes the process' first call with a value that flows, and looks whether it is kept.</summary>
    public static void FlowAway()
    {
        WeakReference carried = CallCarrying();
        for (int i = 0; i < 50 && carried.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(10);
        }

        Console.WriteLine(carried.IsAlive ? "kept" : "let go");
    }

    private static int CallInTurn(int number)
    {
        for (int i = 0; i < CallsOfEach; i++)
        {
            using Response response = AsyncSystem.Endpoint.CallAsync(0, Encoding.UTF8.GetBytes($"{number} {i}")).AsTask().Result;
            if (Encoding.UTF8.GetString(response.Payload) != $"{number} {i}")
                throw new InvalidOperationException("another caller's answer");
        }

        return CallsOfEach;
    }

    // Apart, so that no local of its keeps anything alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference CallCarrying()
    {
        WeakReference? weak = null;
        var thread = new Thread(() =>
        {
            object carried = new();
            new AsyncLocal<object>().Value = carried;
            AsyncSystem.Endpoint.CallAsync(0).AsTask().Result.Dispose();
            weak = new WeakReference(carried);
        });
        thread.Start();
        thread.Join();
        return weak!;
    }
}

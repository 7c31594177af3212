using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds tasks with several threads.</summary>
internal static class ThreadPrograms
{
    private const int Starters = 3, StartedByEach = 4;

    /// <summary>More calls in a row than the kernel needs to keep a thread on its processor.</summary>
    private const int Calls = 100;

    /// <summary>Starts threads from several threads at once, each of which calls the service with its own number.</summary>
    public static void StartAtOnce()
    {
        using var allEnded = new CountdownEvent(Starters * StartedByEach);
        using var go = new Barrier(Starters);
        TcbCap[] threads = [.. Enumerable.Range(0, Starters * (StartedByEach + 1)).Select(_ => MachineUser.MakeThread())];
        for (int i = 0; i < Starters; i++)
        {
            int starter = i;
            MachineUser.Machine.StartThread(threads[starter], $"starter {starter}", () =>
            {
                go.SignalAndWait();
                for (int j = 0; j < StartedByEach; j++)
                {
                    ulong number = (ulong)(Starters + (starter * StartedByEach) + j);
                    MachineUser.Machine.StartThread(threads[number], $"thread {number}", () =>
                    {
                        for (ulong call = 0; call < Calls; call++)
                            Check(number * call);
                        allEnded.Signal();
                    });
                }
            });
        }

        allEnded.Wait();
        Console.WriteLine("all answered");

        static void Check(ulong number)
        {
            if (TaskContext.Endpoint("service").Call(0, number)[1] != 2 * number)
                throw new InvalidOperationException("the answer is another thread's");
        }
    }

    /// <summary>Writes where threads may run, while the kernel keeps the first on its own processor.</summary>
    public static void ShowPlaces()
    {
        string everywhere = Place();
        MakeShortCalls();
        string gathered = Place();
        string ofNew = "";
        MachineUser.Machine.StartThread(MachineUser.MakeThread(), "new", () => Volatile.Write(ref ofNew, Place()));
        SpinWait.SpinUntil(() => Volatile.Read(ref ofNew).Length != 0);
        MakeShortCalls();
        using InterruptReceiver doorbells = MachineUser.OpenReceiver(TaskContext.Notification("own"));
        using InterruptParking parking = MachineUser.Machine.CreateParking(doorbells);
        string ofExecutor = Place();
        MakeShortCalls();
        Console.WriteLine($"{everywhere}|{gathered}|{ofNew}|{ofExecutor}|{Place()}");
    }

    private static void MakeShortCalls()
    {
        for (int i = 0; i < Calls; i++)
            SeL4.Yield();
    }

    private static string Place() =>
        File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
}

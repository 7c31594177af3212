using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds those who are attacked: a server that hostile clients call, and clients that call hostile servers.</summary>
internal static class Victims
{
    /// <summary>Names the environment variable with the number of hostile servers.</summary>
    public const string HostileVariable = "HOSTILE";

    private const int CallsAtOnce = 4;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets the name under which a client finds a hostile server, and the server its clients.</summary>
    public static string HostileEndpoint(int number) => string.Create(CultureInfo.InvariantCulture, $"hostile{number}");

    /// <summary>Serves, and notes what it holds.</summary>
    public static void Serve()
    {
        NoteHoldings();
        Service.Run();
    }

    /// <summary>Calls an honest server, and hostile ones on the same executor.</summary>
    public static void CallAsynchronously()
    {
        Bystanders.FindLine();
        NoteHoldings();
        int hostile = int.Parse(Environment.GetEnvironmentVariable(HostileVariable)!, CultureInfo.InvariantCulture);
        ReL4.Run(() =>
        {
            for (int i = 0; i < hostile; i++)
            {
                EndpointCap endpoint = TaskContext.Endpoint(HostileEndpoint(i));
                for (int j = 0; j < CallsAtOnce; j++)
                    Executor.Current!.Spawn(() => CallHostileAsync(endpoint));
            }

            return Bystanders.CallForEverAsync();
        });
    }

    /// <summary>Calls an honest server synchronously, and hostile ones from other threads.</summary>
    public static void CallSynchronously()
    {
        int hostile = int.Parse(Environment.GetEnvironmentVariable(HostileVariable)!, CultureInfo.InvariantCulture);
        for (int i = 0; i < hostile; i++)
        {
            EndpointCap endpoint = TaskContext.Endpoint(HostileEndpoint(i));
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"calls {i}", () => CallHostile(endpoint));
        }

        Bystanders.CallSynchronously();
    }

    private static async ValueTask CallHostileAsync(EndpointCap endpoint)
    {
        byte[] message = new byte[100];
        while (true)
        {
            try
            {
                using IpcResponse response = await endpoint.CallAsync(0, message, s_patience);
            }
            catch (Exception)
            {
                // Whatever the hostile server made of it: the next call may fare better.
            }

            await Executor.Current!.Delay(s_pause);
        }
    }

    private static void CallHostile(EndpointCap endpoint)
    {
        while (true)
        {
            try
            {
                endpoint.Call(0, 1);
            }
            catch (ReplyAbandonedException)
            {
            }

            Thread.Sleep(s_pause);
        }
    }

    /// <summary>Notes what the process holds, from a thread that needs neither the kernel nor the executor.</summary>
    private static unsafe void NoteHoldings()
    {
        HostileBoard* board = HostileBoard.Map();
        new Thread(() =>
        {
            for (; ; Thread.Sleep(20))
                board->Victim = ProcessHoldings.Measure();
        }) { IsBackground = true, Priority = ThreadPriority.AboveNormal }.Start();
    }
}

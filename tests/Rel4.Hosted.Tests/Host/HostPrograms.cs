using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Host;

/// <summary>What the tasks run of systems in which the composing process takes part.</summary>
internal static class HostPrograms
{
    /// <summary>The label of a request that is kept without an answer.</summary>
    public const ushort Hold = 7;

    /// <summary>The label of a request whose answer is the caller's badge.</summary>
    public const ushort Badge = 8;

    /// <summary>Serves 'requests': echoes, holds, or tells the badge.</summary>
    public static void Serve() => ReL4.Run(ServeAsync);

    /// <summary>Calls 'host' three times and shows the answers.</summary>
    public static void CallHost() => ReL4.Run(CallHostAsync);

    /// <summary>Calls 'host' by a system call.</summary>
    public static void CallHostSynchronously()
    {
        ReceivedMessage answer = TaskContext.Endpoint("host").Call(5, [21]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answer {answer.Label} {answer[0]}"));
    }

    /// <summary>Waits for 'gate', then signals 'done'.</summary>
    public static void Signal() => ReL4.Run(async () =>
    {
        ulong word = await TaskContext.Notification("gate").WaitAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"word {word}"));
        TaskContext.Notification("done").SignalUser();
        await Executor.Current!.Delay(TimeSpan.FromSeconds(60));
    });

    /// <summary>Adds one to the first byte of 'page'.</summary>
    public static void IncrementPage() => CurrentTask.Map(TaskContext.Frame("page").CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite)[0]++;

    /// <summary>Does nothing until it is stopped.</summary>
    public static void Idle() => Thread.Sleep(Timeout.Infinite);

    private static async ValueTask ServeAsync()
    {
        var held = new List<IpcRequest>();
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            if (request.Label == Hold)
            {
                held.Add(request);
                Console.WriteLine("holds");
            }
            else if (request.Label == Badge)
            {
                await request.ReplyAsync(request.Label, BitConverter.GetBytes(request.Badge));
            }
            else
            {
                await request.ReplyAsync(request.Label, request.Payload);
            }
        }
    }

    private static async ValueTask CallHostAsync()
    {
        for (byte i = 1; i <= 3; i++)
        {
            using IpcResponse answer = await TaskContext.Endpoint("host").CallAsync(1, new[] { i });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answer {answer.Payload[0]} {answer.Payload[1]}"));
        }
    }
}

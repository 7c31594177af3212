using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Holds what tasks run inside of the process that composes their system, and their client in one of its own.</summary>
internal static class InProcessPrograms
{
    /// <summary>The label of a request at which a server throws.</summary>
    public const ushort Throw = 9;

    /// <summary>The switches that <see cref="Spin"/> has begun, and is to end. They are .NET's, which the tasks and the test share.</summary>
    public const string Begun = "Rel4.Hosted.Tests.Begun", Release = "Rel4.Hosted.Tests.Release";

    private static int s_served;

    /// <summary>Gets how many requests this copy of the assembly has served.</summary>
    public static int Served => s_served;

    /// <summary>Answers by system calls: with the number of its process, and how many it has served.</summary>
    public static void Serve()
    {
        EndpointCap requests = TaskContext.Endpoint("requests");
        ReceivedMessage request = requests.Receive();
        while (true)
            request = requests.ReplyReceive(request.Label, (ulong)Environment.ProcessId, (ulong)++s_served);
    }

    /// <summary>Answers so by channels, or throws.</summary>
    public static void ServeByChannels() => ReL4.Run(static async () =>
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            if (request.Label == Throw)
                throw new InvalidOperationException("on purpose");
            await request.ReplyAsync(request.Label, [.. BitConverter.GetBytes(Environment.ProcessId), .. BitConverter.GetBytes(++s_served)]);
        }
    });

    /// <summary>Calls both servers twice and writes what they answer.</summary>
    public static void Call() => ReL4.Run(static async () =>
    {
        for (int i = 0; i < 2; i++)
        {
            using IpcResponse answer = await TaskContext.Endpoint("channels").CallAsync(1);
            Write("channels", BitConverter.ToInt32(answer.Payload), BitConverter.ToInt32(answer.Payload[sizeof(int)..]));
        }
    });

    /// <summary>Calls the server twice by system calls and writes what it answers.</summary>
    public static void CallByWords()
    {
        for (int i = 0; i < 2; i++)
        {
            ReceivedMessage answer = TaskContext.Endpoint("words").Call(1);
            Write("words", (int)answer[0], (int)answer[1]);
        }
    }

    /// <summary>Calls the server by system calls without end: soon through a lane.</summary>
    public static void CallForEver()
    {
        while (true)
        {
            try
            {
                TaskContext.Endpoint("words").Call(1);
            }
            catch (ReplyAbandonedException)
            {
                // The server was started again.
            }
        }
    }

    /// <summary>Both.</summary>
    public static void CallBoth()
    {
        CallByWords();
        Call();
    }

    /// <summary>Makes no call until it is released.</summary>
    public static void Spin()
    {
        AppContext.SetSwitch(Begun, true);
        while (!AppContext.TryGetSwitch(Release, out bool isReleased) || !isReleased)
            Thread.Sleep(1);
    }

    /// <summary>Returns an exit code.</summary>
    public static int Exit() => 3;

    private static void Write(string server, int process, int served) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{server} {process} {served}"));
}

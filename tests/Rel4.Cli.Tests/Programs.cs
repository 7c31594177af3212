using System.Runtime.InteropServices;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Cli.Tests;

/// <summary>Holds what the tasks of the sample system do, each in a process of its own.</summary>
internal static class Programs
{
    /// <summary>Answers each call with twice its first word, and signals that it did.</summary>
    public static void Serve()
    {
        EndpointCap requests = TaskContext.Endpoint("requests");
        NotificationCap served = TaskContext.Notification("served");
        ReceivedMessage message = requests.Receive();
        while (true)
        {
            served.Signal();
            message = requests.ReplyReceive(0, 2 * message[0]);
        }
    }

    /// <summary>Asks once, and then waits for what never comes.</summary>
    public static void AskAndWait()
    {
        Console.WriteLine($"twice 21 is {TaskContext.Endpoint("service").Call(0, 21)[0]}");
        TaskContext.Notification("never").Wait();
    }

    /// <summary>Asks once.</summary>
    public static void Ask() => Console.WriteLine($"twice 21 is {TaskContext.Endpoint("service").Call(0, 21)[0]}");

    /// <summary>Makes a call as the kernel has it, by the capability's address: without a right to the reply it waits for ever.</summary>
    public static void AskByAddress()
    {
        Console.WriteLine("twice 21 is 42, as far as the client knows");
        _ = new EndpointCap(TaskContext.Endpoint("service").CPtr).Call(0, 21);
    }

    /// <summary>Answers each asynchronous call with its own payload.</summary>
    public static void ServeAsynchronously() => ReL4.Run(async () =>
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
            await request.ReplyAsync(0, request.Payload);
    });

    /// <summary>Receives asynchronous calls and keeps them.</summary>
    public static void KeepAsynchronously() => ReL4.Run(async () =>
    {
        var kept = new List<IpcRequest>();
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
            kept.Add(request);
    });

    /// <summary>Makes three asynchronous calls at once, and waits for the replies.</summary>
    public static void AskThriceAsynchronously() => ReL4.Run(async () =>
    {
        EndpointCap service = TaskContext.Endpoint("service");
        Console.WriteLine("twice 21 is 42, as far as the client knows");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => AskAsync(service, (byte)i).AsTask()));
    });

    /// <summary>Makes asynchronous calls without end.</summary>
    public static void AskForeverAsynchronously() => ReL4.Run(async () =>
    {
        EndpointCap service = TaskContext.Endpoint("service");
        Console.WriteLine($"twice 21 is {2 * await AskAsync(service, 21)}");
        while (true)
            await AskAsync(service, 1);
    });

    private static async ValueTask<byte> AskAsync(EndpointCap service, byte question)
    {
        using IpcResponse answer = await service.CallAsync(0, new[] { question });
        return answer.Payload[0];
    }

    /// <summary>Answers one call.</summary>
    public static void ServeOnce()
    {
        ReceivedMessage message = TaskContext.Endpoint("requests").Receive();
        message.Reply(0, 2 * message[0]);
    }

    /// <summary>Answers one call, and fails.</summary>
    public static int ServeOnceAndFail()
    {
        ServeOnce();
        return 3;
    }

    /// <summary>Asks once, and does not end when it is told to.</summary>
    public static void AskAndIgnoreTermination()
    {
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            Console.WriteLine("told to end");
        });
        AskAndWait();
    }
}

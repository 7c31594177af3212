using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Holds what tasks of the tests do, each in a process of its own.</summary>
internal static class Programs
{
    /// <summary>Answers each message with its sender's badge and twice its first word.</summary>
    public static void Double()
    {
        EndpointCap requests = TaskContext.Endpoint("requests");
        ReceivedMessage message = requests.Receive();
        while (true)
            message = requests.ReplyReceive(0, message.Badge, 2 * message[0]);
    }

    /// <summary>Asks for twice 21 and writes the answer.</summary>
    public static void Ask21()
    {
        ReceivedMessage answer = TaskContext.Endpoint("service").Call(0, 21);
        Console.WriteLine($"badge {answer[0]}: {answer[1]}");
    }

    /// <summary>Opens a socket.</summary>
    public static void OpenSocket() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp).Dispose();

    /// <summary>Writes a file that others could see.</summary>
    public static void WriteFile() => File.WriteAllText("/var/tmp/rel4-task", "was here");

    /// <summary>Tries to receive where it may only send.</summary>
    public static void ReceiveWithoutRight()
    {
        try
        {
            TaskContext.Endpoint("service").Receive();
            Console.WriteLine("received");
        }
        catch (SeL4FaultException fault)
        {
            Console.WriteLine($"refused: {fault.Message}");
        }
    }

    /// <summary>Tries what its rights let come to nothing, without an error of the kernel's.</summary>
    public static void DoWithoutRights()
    {
        EndpointCap writeOnly = TaskContext.Endpoint("write-only"), readOnly = TaskContext.Endpoint("read-only"), full = TaskContext.Endpoint("full");
        NotificationCap waitOnly = TaskContext.Notification("wait-only");
        Try(() => writeOnly.Call(1, 2));
        Try(() => writeOnly.Send(1, [], [full.CPtr]));
        Try(() => writeOnly.NBSend(1, [], [full.CPtr]));
        Try(() => readOnly.Call(1));
        Try(() => readOnly.Send(1));
        Try(() => readOnly.NBSend(1));
        Try(waitOnly.Signal);
        Try(() => readOnly.TryReceive(out _));
        Try(() => writeOnly.NBSend(1));
        Try(() => full.NBSend(1, [], [full.CPtr]));

        static void Try(Action what)
        {
            try
            {
                what();
                Console.WriteLine("done");
            }
            catch (InvalidOperationException refusal)
            {
                Console.WriteLine(refusal.Message);
            }
        }
    }

    public static void Crash() => throw new InvalidOperationException("on purpose");

    public static int ReturnThree() => 3;

    public static void Nothing()
    {
    }

    public static void WaitForever()
    {
        Console.WriteLine("waits");
        TaskContext.Notification("never").Wait();
    }

    /// <summary>Waits, and does not end when it is asked to.</summary>
    public static void IgnoreTermination()
    {
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        WaitForever();
    }

    /// <summary>Crashes when somebody calls, after its answer.</summary>
    public static void CrashAfterAnswer()
    {
        ReceivedMessage message = TaskContext.Endpoint("requests").Receive();
        message.Reply(0, message[0] + 1);
        Environment.FailFast("on purpose");
    }

    /// <summary>Calls until it got three answers, however many of its calls fail.</summary>
    public static void CallThrice()
    {
        EndpointCap service = TaskContext.Endpoint("service");
        for (ulong i = 0; i < 3; i++)
            Console.WriteLine($"answer {service.Call(0, i)[0]}");
    }

    /// <summary>Calls for ever, and writes a line now and then; a call that nobody answers is made again.</summary>
    public static void CallForever()
    {
        EndpointCap service = TaskContext.Endpoint("service");
        for (ulong i = 0; ; i++)
        {
            try
            {
                ulong answer = service.Call(0, i)[1];
                if (answer != 2 * i)
                    Environment.FailFast($"twice {i} is not {answer}");
                if (i % 100 == 0)
                    Console.WriteLine("answered");
            }
            catch (ReplyAbandonedException)
            {
                Console.Error.WriteLine("abandoned");
            }
        }
    }

    /// <summary>Counts in a frame that survives it, then fails.</summary>
    public static int CountInFrame()
    {
        Span<byte> memory = TaskSide.CurrentTask.Map(TaskContext.Frame("count").CPtr, TaskContext.VSpace.CPtr, Abi.CapRights.ReadWrite);
        Console.WriteLine($"run {++memory[0]}");
        return 1;
    }

    /// <summary>Makes an endpoint in its own memory and asks the kernel to put it into a free slot.</summary>
    public static void MakeEndpoint()
    {
        ulong slot = TaskContext.FreeSlots.Start;
        TaskContext.Untyped("heap").Retype(Abi.ObjectType.Endpoint, new CapSlot(TaskContext.CNode.CPtr, slot));
        Console.WriteLine(new EndpointCap(slot).TryReceive(out _) ? "message" : "made");
    }

    /// <summary>Writes to both streams.</summary>
    public static void WriteLines()
    {
        Console.WriteLine("to output");
        Console.Error.WriteLine("to error");
        Console.Write("no end of line");
    }

    /// <summary>Tells which environment variables it has.</summary>
    public static void ShowEnvironment()
    {
        Console.WriteLine($"GREETING={Environment.GetEnvironmentVariable("GREETING")}");
        Console.WriteLine($"HOME={Environment.GetEnvironmentVariable("HOME")}");
    }
}

using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Is a server with memory that others may only read, or not at all.</summary>
internal static class Victim
{
    /// <summary>The badge of the attacker's capability.</summary>
    public const ulong IntrudersBadge = 7;

    /// <summary>What the victim's frame holds.</summary>
    public const ulong Text = 0x7478_6574_7461_6873;

    /// <summary>Answers each message with what the victim sees (<see cref="Answer"/>).</summary>
    public static void Run()
    {
        Span<byte> page = CurrentTask.Map(TaskContext.Frame("page").CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
        MemoryMarshal.Write(page, Text);
        int sleeper = Sleeper.Start();
        EndpointCap requests = TaskContext.Endpoint("requests");
        ulong arrivals = TaskContext.FreeSlots.Start;
        TaskContext.CNode.ReceiveInto(arrivals);
        ReceivedMessage message = requests.Receive();
        while (true)
        {
            ulong badge = message.Badge;
            var capabilities = (ulong)message.CapabilityCount;
            if (message.HasReceivedCapability)
                TaskContext.CNode.Delete(arrivals);
            message = requests.ReplyReceive(
                0, badge, capabilities, MemoryMarshal.Read<ulong>(page), (ulong)Environment.ProcessId, (ulong)sleeper);
        }
    }

    /// <summary>Asks the victim.</summary>
    /// <param name="endpoint">A capability for its endpoint.</param>
    /// <param name="capabilities">Capabilities to send along.</param>
    /// <returns>Null if the kernel refuses.</returns>
    public static Answer? Ask(ulong endpoint, params ReadOnlySpan<ulong> capabilities)
    {
        ReceivedMessage answer = new EndpointCap(endpoint).Call(0, [], capabilities);
        return answer.Label != 0 ? null : new Answer(answer[0], answer[1], answer[2], (int)answer[3], (int)answer[4]);
    }

    /// <summary>Is what the victim tells of a message and of itself.</summary>
    /// <param name="Badge">The badge of the message.</param>
    /// <param name="Capabilities">How many capabilities came with it.</param>
    /// <param name="Text">What the frame holds.</param>
    /// <param name="Process">Linux's number of its process.</param>
    /// <param name="Sleeper">Linux's number of a thread of its that makes no system calls of the kernel's.</param>
    internal readonly record struct Answer(ulong Badge, ulong Capabilities, ulong Text, int Process, int Sleeper);
}

/// <summary>Is a thread that does nothing.</summary>
internal static class Sleeper
{
    /// <summary>Starts one.</summary>
    /// <returns>Linux's number of it.</returns>
    public static int Start()
    {
        int number = 0;
        using var started = new ManualResetEventSlim();
        new Thread(() =>
        {
            number = Affinity.CurrentThread();
            started.Set();
            Thread.Sleep(Timeout.Infinite);
        }) { IsBackground = true }.Start();
        started.Wait();
        return number;
    }
}

using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds tasks that make processes of their own to let them end.</summary>
internal static class EndingPrograms
{
    public const string Heap = "heap";

    /// <summary>Names the environment variable with how often a sender is registered.</summary>
    public const string Registrations = "REGISTRATIONS";

    public const int Threads = 16;

    /// <summary>Registers with a doorbell whose giver has ended, often, and then with one of its own.</summary>
    public static void RegisterBehindTheDead()
    {
        ulong own = HostileChannel.Doorbell;
        ulong received = MachineUser.TakeSlot();
        var endpoint = new EndpointCap(MachineUser.Make(ObjectType.Endpoint));
        VSpaceCap space = OwnProcess.Make(TaskContext.Untyped(Heap), MachineUser.TakeSlot(), out int ownEnd);
        TcbCap giver = OwnProcess.Run(space, ownEnd, () => endpoint.Send(0, [], [own]));
        TaskContext.CNode.ReceiveInto(received);
        _ = endpoint.Receive();
        TaskContext.CNode.Delete(giver.CPtr);
        TaskContext.CNode.Delete(space.CPtr);
        int count = int.Parse(Environment.GetEnvironmentVariable(Registrations)!, CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            if (SeL4.TCB_RegisterSender(TaskContext.Self.CPtr, received, out _) != SeL4Error.NotEnoughMemory)
                throw new InvalidOperationException("one whose giver has ended was registered");
        }

        Console.WriteLine(SeL4.TCB_RegisterSender(TaskContext.Self.CPtr, own, out _));
    }

    /// <summary>Makes processes and ends them, from many threads, without end.</summary>
    public static void EndProcesses()
    {
        for (int i = 0; i < Threads; i++)
        {
            var memory = new UntypedCap(MachineUser.TakeSlot());
            TaskContext.Untyped(Heap).Retype(ObjectType.Untyped, TaskContext.CNode[memory.CPtr], Limits.PageBits);
            ulong space = MachineUser.TakeSlot();
            (int kernelEnd, _) = DescriptorSocket.CreatePair();
            var socket = new SafeFileHandle(kernelEnd, ownsHandle: true);
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"ends {i}", () => EndProcesses(memory, space, socket));
        }

        Thread.Sleep(Timeout.Infinite);
    }

    private static void EndProcesses(UntypedCap memory, ulong space, SafeFileHandle socket)
    {
        while (true)
        {
            try
            {
                OwnProcess.Make(memory, space, socket);
            }
            catch (SeL4Exception)
            {
                // Another thread took what this one sent, or descriptors have run out for the moment.
            }

            TaskContext.CNode.Delete(space);
        }
    }
}

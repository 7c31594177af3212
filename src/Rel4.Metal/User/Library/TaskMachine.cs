using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Is the machine by which the runtime reaches the kernel: the <c>syscall</c> instruction, and one IPC buffer.</summary>
/// <remarks>A task here has one thread, so where its IPC buffer lies is a fact of the address space.</remarks>
internal static unsafe class TaskMachine
{
    private static IpcBuffer* _buffer;

    /// <summary>Makes system calls possible; comes first in every task.</summary>
    public static void Install(IpcBuffer* buffer)
    {
        _buffer = buffer;
        UserMachine.Install(&TaskCode.Trap, &Buffer);
    }

    private static IpcBuffer* Buffer() => _buffer;
}

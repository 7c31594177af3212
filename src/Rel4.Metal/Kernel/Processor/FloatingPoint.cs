using System.Runtime.InteropServices;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out a thread's x87 and SSE registers, as FXSAVE does (Intel SDM vol. 1, 10.5.1), in the second half of its TCB.</summary>
/// <remarks>
/// They are saved at every entry and restored at every exit, since the kernel's own code, which ilc compiles, moves structures through SSE registers. AVX
/// stays off (CR4.OSXSAVE).
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FloatingPoint
{
    /// <summary>Where it lies in the TCB; <c>Boot/entry.asm</c> knows it too.</summary>
    public const int Offset = 1024;

    /// <summary>Its bytes.</summary>
    public const int Size = 512;

    private ushort _controlWord;
    private fixed byte _others[22];
    private uint _sseControl;
    private fixed byte _registers[484];

    /// <summary>Gives a new thread the state that the System V ABI says a process starts with.</summary>
    public static void Initialise(Tcb* thread)
    {
        var state = (FloatingPoint*)((byte*)thread + Offset);
        state->_controlWord = 0x37F;
        state->_sseControl = 0x1F80;
    }
}

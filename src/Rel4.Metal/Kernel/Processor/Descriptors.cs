using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Sets up the segment, task and interrupt descriptors (Intel SDM vol. 3A, chapters 3, 6 and 8).</summary>
/// <remarks>
/// There is no 32-bit code segment for ring 3, so user code can't leave 64-bit mode. The I/O permission map lies outside the task segment: ring 3 has no
/// ports. Ring 3 may raise the breakpoint and overflow exceptions; every other <c>int n</c> is a general protection fault.
/// </remarks>
internal static unsafe class Descriptors
{
    /// <summary>Kernel code and, behind it, data, as SYSCALL wants them.</summary>
    public const ushort KernelCode = 0x08;

    /// <summary>User data and, behind it, code, as SYSRET wants them; <c>Boot/entry.asm</c> knows them too.</summary>
    public const ushort UserData = 0x18;

    /// <summary>Vectors with a stub in <c>Boot/entry.asm</c>.</summary>
    public const int VectorCount = 162;

    private const ushort KernelData = 0x10;
    private const ushort TaskSegment = 0x28;
    private const int StubSize = 16;
    private const ulong InterruptGate = 0x8E00;
    private const ulong OpenToUser = 0x6000;
    private const uint Breakpoint = 3;
    private const uint Overflow = 4;

    // Debug exception, non-maskable interrupt, double fault, machine check: they may come while the stack is the user's or broken.
    private const uint OnFaultStack = (1 << 1) | (1 << 2) | (1 << 8) | (1 << 18);

    private static Gates s_gates;

    /// <summary>Sets all up and loads them.</summary>
    public static void Load(ImageLayout* image)
    {
        fixed (Gates* gates = &s_gates)
        {
            byte* area = (byte*)ProcessorState.Own;
            var tables = (Tables*)(area + ProcessorArea.Descriptors);
            tables->Task.Stack0 = (ulong)area + ProcessorArea.StackTop;
            tables->Task.FaultStack = (ulong)area + ProcessorArea.FaultStackTop;
            tables->Task.PortMap = (ushort)sizeof(TaskState);
            tables->Segments[1] = 0x00AF_9A00_0000_FFFF;
            tables->Segments[2] = 0x00CF_9200_0000_FFFF;
            tables->Segments[3] = 0x00CF_F200_0000_FFFF;
            tables->Segments[4] = 0x00AF_FA00_0000_FFFF;
            ulong task = (ulong)&tables->Task;
            tables->Segments[5] = (uint)sizeof(TaskState) - 1UL
                | ((task & 0xFF_FFFF) << 16) | (0x89UL << 40) | (((task >> 24) & 0xFF) << 56);
            tables->Segments[6] = task >> 32;
            for (uint vector = 0; vector < VectorCount; vector++)
            {
                ulong stub = image->Stubs + (vector * StubSize);
                ulong stack = vector < 32 && ((OnFaultStack >> (int)vector) & 1) != 0 ? 1UL : 0;
                ulong gate = vector is Breakpoint or Overflow ? InterruptGate | OpenToUser : InterruptGate;
                gates->Words[2 * vector] = (stub & 0xFFFF)
                    | ((ulong)KernelCode << 16) | (stack << 32) | (gate << 32) | (((stub >> 16) & 0xFFFF) << 48);
                gates->Words[(2 * vector) + 1] = stub >> 32;
            }

            Pointer gdt = new() { Limit = (Tables.SegmentCount * 8) - 1, Base = (ulong)tables->Segments };
            Pointer idt = new() { Limit = (VectorCount * 16) - 1, Base = (ulong)gates->Words };
            Instructions.LoadDescriptors(&gdt, &idt, ((ulong)KernelCode << 32) | ((ulong)KernelData << 16) | TaskSegment);
        }
    }

    /// <summary>Holds what a processor reads that is its own; all of it is written before it is loaded.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Tables
    {
        public const int SegmentCount = 7;

        public fixed ulong Segments[SegmentCount];
        public TaskState Task;
    }

    /// <summary>Holds what they all read.</summary>
    private struct Gates
    {
        public fixed ulong Words[2 * VectorCount];
    }

    /// <summary>Lays out the 64-bit task-state segment (Intel SDM vol. 3A, figure 8-11).</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct TaskState
    {
        public uint Reserved0;
        public ulong Stack0;
        public fixed ulong Stack1And2AndReserved[3];
        public ulong FaultStack;
        public fixed ulong OtherStacks[6];
        public ulong Reserved1;
        public ushort Reserved2;
        public ushort PortMap;
    }

    /// <summary>Lays out what LGDT and LIDT read.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Pointer
    {
        public ushort Limit;
        public ulong Base;
    }
}

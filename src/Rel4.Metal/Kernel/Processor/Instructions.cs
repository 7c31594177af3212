using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rel4.Metal.Kernel;

/// <summary>Reaches the privileged instructions in <c>Boot/instructions.asm</c>.</summary>
internal static unsafe class Instructions
{
    /// <summary>Gets what belongs to the processor that runs this, whose stack it runs on.</summary>
    public static ProcessorState* Processor
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            byte here;
            return (ProcessorState*)((ulong)&here & ~(ProcessorArea.Size - 1));
        }
    }

    /// <summary>Gets what belongs to any processor.</summary>
    public static ProcessorState* ProcessorOf(uint processor) => (ProcessorState*)(Layout()->Processors + (processor * ProcessorArea.Size));

    [RuntimeImport("*", "metal_read_msr")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadMsr(uint register);

    [RuntimeImport("*", "metal_write_msr")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteMsr(uint register, ulong value);

    [RuntimeImport("*", "metal_read_cr4")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadCr4();

    [RuntimeImport("*", "metal_write_cr4")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteCr4(ulong value);

    [RuntimeImport("*", "metal_read_cr3")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadCr3();

    /// <summary>Changes the address space; forgets all translations but global ones.</summary>
    [RuntimeImport("*", "metal_write_cr3")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteCr3(ulong value);

    /// <summary>Forgets the translation of one page in the current address space.</summary>
    [RuntimeImport("*", "metal_invalidate_page")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void InvalidatePage(ulong address);

    /// <summary>Asks what the processor can do; <paramref name="result"/> takes EAX, EBX, ECX, EDX.</summary>
    [RuntimeImport("*", "metal_cpuid")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Cpuid(uint leaf, uint subleaf, uint* result);

    /// <summary>Loads GDT, IDT, task register (bits 15:0 of <paramref name="selectors"/>), SS (31:16) and CS (47:32).</summary>
    [RuntimeImport("*", "metal_load_descriptors")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadDescriptors(void* gdtPointer, void* idtPointer, ulong selectors);

    /// <summary>Sets the register that says which state XSAVES and XRSTORS know (XCR0).</summary>
    [RuntimeImport("*", "metal_write_xcr0")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteXcr0(ulong value);

    /// <summary>Stores the state of user interrupts (XSAVES), and has the processor take none.</summary>
    [RuntimeImport("*", "metal_save_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void SaveInterrupts(byte* area);

    /// <summary>Loads it (XRSTORS).</summary>
    [RuntimeImport("*", "metal_load_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadInterrupts(byte* area);

    /// <summary>Has the processor deliver no user interrupts (CLUI).</summary>
    [RuntimeImport("*", "metal_mask_user_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void MaskUserInterrupts();

    /// <summary>Replaces a word that others write, in one step and in order with all before and after.</summary>
    [RuntimeImport("*", "metal_exchange")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Exchange(ulong* word, ulong value);

    /// <summary>Sets bits of such a word, likewise.</summary>
    [RuntimeImport("*", "metal_or")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Or(ulong* word, ulong bits);

    [RuntimeImport("*", "metal_read_tsc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadTsc();

    /// <summary>Fills memory with zeros; its length is a multiple of 8.</summary>
    [RuntimeImport("*", "metal_clear")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Clear(byte* start, ulong length);

    [RuntimeImport("*", "metal_out8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out8(ushort port, byte value);

    [RuntimeImport("*", "metal_out16")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out16(ushort port, ushort value);

    [RuntimeImport("*", "metal_out32")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out32(ushort port, uint value);

    [RuntimeImport("*", "metal_in8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte In8(ushort port);

    [RuntimeImport("*", "metal_in16")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ushort In16(ushort port);

    [RuntimeImport("*", "metal_in32")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint In32(ushort port);

    /// <summary>Ends the machine.</summary>
    [RuntimeImport("*", "metal_exit")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Exit(Status status);

    /// <summary>Offers a number to another processor that starts, or takes it back with 0.</summary>
    /// <returns>The one offered before; 0 if one took it.</returns>
    [RuntimeImport("*", "metal_offer_number")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint OfferNumber(uint number);

    /// <summary>Gets the code that another processor starts with, wherever it is copied to, and its length.</summary>
    [RuntimeImport("*", "metal_start_code")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* StartCode(uint* length);

    /// <summary>Gets where the linker put the parts of the image.</summary>
    [RuntimeImport("*", "metal_layout")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ImageLayout* Layout();
}

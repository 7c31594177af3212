using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Is a processor that keeps every translation that it may, until it is told to forget it.</summary>
/// <remarks>Translations are kept by process-context identifier, as CR3's low 12 bits name it (Intel SDM vol. 3A, 4.10).</remarks>
internal static unsafe class Instructions
{
    private const ulong ContextMask = 0xFFF;
    private const ulong KeepTranslations = 1UL << 63;

    // For each context: a page's first address, its size and its entry.
    private static readonly Dictionary<ulong, Dictionary<ulong, (ulong Size, ulong Entry)>> s_translations = [];
    private static readonly Dictionary<uint, ulong> s_registers = [];

    /// <summary>Gets or sets what belongs to the only processor.</summary>
    public static ProcessorState* Processor { get; set; }

    public static ProcessorState* ProcessorOf(uint processor) => Processor;

    /// <summary>Gets the physical address of the root that is loaded.</summary>
    public static ulong Root { get; private set; }

    /// <summary>Gets the context that is loaded.</summary>
    public static ulong Context { get; private set; }

    /// <summary>Gets the translations of the context that is loaded.</summary>
    public static Dictionary<ulong, (ulong Size, ulong Entry)> Translations
    {
        get
        {
            if (!s_translations.TryGetValue(Context, out Dictionary<ulong, (ulong Size, ulong Entry)>? kept))
                s_translations[Context] = kept = [];
            return kept;
        }
    }

    /// <summary>Gets or sets what other processors do before this one accesses a word that is theirs too.</summary>
    public static Action? BeforeShared { get; set; }

    /// <summary>Gets what was written to a model-specific register.</summary>
    public static ulong RegisterOf(uint number) => s_registers.GetValueOrDefault(number);

    /// <summary>Forgets all.</summary>
    public static void Reset()
    {
        s_translations.Clear();
        s_registers.Clear();
        Root = Context = 0;
        UserInterruptUnit.Reset();
    }

    public static void WriteMsr(uint register, ulong value) => s_registers[register] = value;

    public static ulong ReadMsr(uint register) => RegisterOf(register);

    public static ulong ReadCr3() => Root | Context;

    public static void WriteCr3(ulong value)
    {
        Root = value & PageEntry.AddressMask;
        Context = value & ContextMask;
        if ((value & KeepTranslations) == 0)
            Translations.Clear();
    }

    public static void InvalidatePage(ulong address)
    {
        foreach ((ulong page, (ulong size, _)) in Translations)
        {
            if (address - page < size)
                Translations.Remove(page);
        }
    }

    public static void Clear(byte* start, ulong length) => NativeMemory.Clear(start, (nuint)length);

    public static ulong Exchange(ulong* word, ulong value)
    {
        BeforeShared?.Invoke();
        ulong before = *word;
        *word = value;
        return before;
    }

    public static void Or(ulong* word, ulong bits)
    {
        BeforeShared?.Invoke();
        *word |= bits;
    }

    public static void MaskUserInterrupts() => UserInterruptUnit.TakesInterrupts = false;

    public static void SaveInterrupts(byte* area) => UserInterruptUnit.Save(area);

    public static void LoadInterrupts(byte* area) => UserInterruptUnit.Load(area);

    public static void Out8(ushort port, byte value)
    {
    }

    public static void Out16(ushort port, ushort value)
    {
    }

    public static void Out32(ushort port, uint value)
    {
    }

    public static byte In8(ushort port) => 0x88;

    public static ushort In16(ushort port) => 0x1616;

    public static uint In32(ushort port) => 0x3232_3232;
}

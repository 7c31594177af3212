using System.Numerics;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Is what a simulated processor has of user interrupts.</summary>
/// <remarks>
/// Source: Intel SDM vol. 1, 13.5.11, vol. 2 (CLUI, SENDUIPI, STUI, XRSTORS, XSAVES) and vol. 3A, chapter "User Interrupts". The registers are six words, as component 14 of the
/// extended state has them: handler, stack adjust, control, UPID, requests (UIRR), UITT.
/// </remarks>
internal static unsafe class UserInterruptUnit
{
    private const int WordCount = 6;
    private const int ControlWord = 2;
    private const int PostedWord = 3;
    private const int RequestWord = 4;
    private const int SenderWord = 5;

    // Of the control word: the vector; what is reserved; whether interrupts are taken.
    private const int VectorShift = 32;
    private const ulong VectorMask = 0xFFUL << VectorShift;
    private const ulong ControlReserved = 0x7FFF_FF00UL << VectorShift;
    private const ulong Takes = 1UL << 63;

    // Of an area of XSAVES.
    private const int HeaderWord = 512 / sizeof(ulong);
    private const int StateWord = 576 / sizeof(ulong);
    private const ulong Component = 1UL << 14;
    private const ulong Compacted = 1UL << 63;

    // Of a UPID.
    private const ulong Outstanding = 1;
    private const ulong Suppressed = 2;
    private const ulong PostedReserved = 0xFF00_FFFC;

    private static readonly ulong[] s_words = new ulong[WordCount];

    /// <summary>Gets the area that was loaded and not saved since; null after that.</summary>
    public static byte* Area { get; private set; }

    public static ulong Handler => s_words[0];

    public static ulong StackAdjust => s_words[1];

    /// <summary>Gets the highest index of the senders.</summary>
    public static uint LastSender => (uint)s_words[ControlWord];

    public static byte Vector => (byte)(s_words[ControlWord] >> VectorShift);

    public static ulong Posted => s_words[PostedWord];

    public static ulong Requests => s_words[RequestWord];

    public static ulong Senders => s_words[SenderWord];

    /// <summary>Gets or sets whether interrupts are taken, as CLUI, STUI and UIRET do.</summary>
    public static bool TakesInterrupts
    {
        get => (s_words[ControlWord] & Takes) != 0;
        set => s_words[ControlWord] = (s_words[ControlWord] & ~Takes) | (value ? Takes : 0);
    }

    public static void Reset()
    {
        Array.Clear(s_words);
        Area = null;
    }

    /// <summary>Is XSAVES of component 14.</summary>
    public static void Save(byte* area)
    {
        Require((ulong)area % 64 == 0, "an area is not aligned");
        ulong* words = (ulong*)area;
        bool isInUse = s_words.AsSpan().ContainsAnyExcept(0UL);
        words[HeaderWord] = isInUse ? Component : 0;
        words[HeaderWord + 1] = Compacted | Component;
        if (isInUse)
            s_words.CopyTo(new Span<ulong>(words + StateWord, WordCount));
        s_words[ControlWord] &= ~VectorMask;
        Area = null;
    }

    /// <summary>Is XRSTORS of component 14.</summary>
    public static void Load(byte* area)
    {
        ulong* words = (ulong*)area;
        Require((ulong)area % 64 == 0, "an area is not aligned");
        Require(words[HeaderWord + 1] == (Compacted | Component) && (words[HeaderWord] & ~Component) == 0, "an area says that something else is in it");
        Require(!new Span<ulong>(words + HeaderWord + 2, 6).ContainsAnyExcept(0UL), "an area's header has what is reserved");
        Require(Vector == 0, "what is in the processor was not saved");
        Area = area;
        if ((words[HeaderWord] & Component) == 0)
        {
            Array.Clear(s_words);
            return;
        }

        var saved = new Span<ulong>(words + StateWord, WordCount);
        Require(IsCanonical(saved[0]) && IsCanonical(saved[1]) && (saved[ControlWord] & ControlReserved) == 0, "the handler can't be loaded");
        Require(IsCanonical(saved[PostedWord]) && saved[PostedWord] % 64 == 0, "the UPID can't be loaded");
        Require(IsCanonical(saved[SenderWord]) && (saved[SenderWord] & 0xE) == 0, "the UITT can't be loaded");
        saved.CopyTo(s_words);
    }

    /// <summary>Is SENDUIPI of the thread that runs.</summary>
    /// <returns>False if that is an exception.</returns>
    public static bool TrySend(ulong index) => (Senders & 1) != 0 && index <= LastSender && TryPost((ulong*)(Senders & ~1UL) + (2 * index));

    /// <summary>Posts as SENDUIPI does, on this processor or another, by an entry of a UITT.</summary>
    /// <returns>False if that is an exception.</returns>
    public static bool TryPost(ulong* entry)
    {
        if ((entry[0] & 1) == 0)
            return false;
        ulong bit = entry[0] >> 8;
        Require(entry[0] == ((bit << 8) | 1) && bit < 64 && entry[1] % 64 == 0, "an entry has what is reserved");
        ulong* posted = (ulong*)entry[1];
        Require((posted[0] & PostedReserved) == 0, "a UPID has what is reserved");
        posted[1] |= 1UL << (int)bit;
        if ((posted[0] & (Outstanding | Suppressed)) != 0)
            return true;
        posted[0] |= Outstanding;
        LocalApic.Send((byte)(posted[0] >> 16), (byte)(posted[0] >> 40));
        return true;
    }

    /// <summary>Takes an interrupt that says that something was posted to whom the processor runs.</summary>
    /// <returns>False if it is none of those, and goes to the kernel.</returns>
    public static bool TryNotify(byte vector)
    {
        if (vector != Vector)
            return false;
        ulong* posted = (ulong*)Posted;
        posted[0] &= ~Outstanding;
        s_words[RequestWord] |= posted[1];
        posted[1] = 0;
        return true;
    }

    /// <summary>Enters the handler for the highest request, if interrupts are taken.</summary>
    public static bool TryDeliver(out int bit)
    {
        bit = 0;
        if (!TakesInterrupts || Requests == 0)
            return false;
        bit = BitOperations.Log2(Requests);
        s_words[RequestWord] &= ~(1UL << bit);
        TakesInterrupts = false;
        return true;
    }

    /// <summary>Tells whether a post to a thread interrupts with a vector.</summary>
    public static bool Interrupts(Tcb* thread, uint vector)
    {
        ulong control = *(ulong*)&InterruptContext.Of(thread)->Posted;
        return (control & Suppressed) == 0 && (byte)(control >> 16) == vector;
    }

    /// <summary>Gets what was posted to a thread and is in its UPID.</summary>
    public static ulong PostedTo(Tcb* thread) => ((ulong*)&InterruptContext.Of(thread)->Posted)[1];

    /// <summary>Gets what was posted to a thread that it has not seen, wherever that is.</summary>
    public static ulong PendingOf(Tcb* thread) => PostedTo(thread) | (IsLoaded(thread) ? Requests : InterruptContext.Of(thread)->Requests);

    /// <summary>Tells whether what a thread has is in the processor.</summary>
    public static bool IsLoaded(Tcb* thread) => Area == (byte*)thread + FloatingPoint.Offset;

    private static bool IsCanonical(ulong address) => (ulong)((long)address << 16 >> 16) == address;

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"A general-protection exception: {what}.");
    }
}

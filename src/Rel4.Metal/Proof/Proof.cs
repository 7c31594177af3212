using System;
using System.Numerics;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rel4.Metal.Proof;

internal interface IOut { static abstract void Put(byte b); }

internal struct Serial : IOut
{
    [RuntimeImport("*", "metal_out8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Out8(ushort port, byte value);
    public static void Put(byte b) => Out8(0x3F8, b);
}

internal unsafe struct Buf { public fixed byte B[16]; }

internal static unsafe class Program<TOut> where TOut : struct, IOut
{
    public static void Print(string s) { for (int i = 0; i < s.Length; i++) TOut.Put((byte)s[i]); }
    public static void Print(ulong v)
    {
        Span<byte> digits = stackalloc byte[20];
        int n = 0;
        do { digits[n++] = (byte)('0' + v % 10); v /= 10; } while (v != 0);
        while (n > 0) TOut.Put(digits[--n]);
    }
    public static void Print(ReadOnlySpan<byte> s) { for (int i = 0; i < s.Length; i++) TOut.Put(s[i]); }
}

internal static unsafe class Program
{
    [RuntimeImport("*", "metal_exit")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Exit(uint status);
    [RuntimeExport("metal_main")]
    private static void Main(ulong x)
    {
        Program<Serial>.Print("Hello ");
        Program<Serial>.Print("bytes "u8);
        Program<Serial>.Print((ulong)BitOperations.LeadingZeroCount(x));
        Program<Serial>.Print((ulong)BitOperations.TrailingZeroCount(x));
        Buf b = default;
        b.B[3] = (byte)'\n';
        Program<Serial>.Print(new ReadOnlySpan<byte>(b.B + 3, 1));
        ReadOnlySpan<int> t = [1, 2, 30000];
        Program<Serial>.Print((ulong)t[(int)(x & 2)]);
        Exit(0);
    }
}
internal static class Ex
{
    [RuntimeImport("*", "metal_exit")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Exit(uint status);
    [RuntimeExport("metal_exception")]
    private static void Exception(ulong v, ulong error, ulong rip, ulong address)
    {
        Program<Serial>.Print("exception ");
        Program<Serial>.Print(v);
        Exit(0x12);
    }
}

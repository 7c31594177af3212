using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using Rel4.Metal.User;

namespace Internal.Runtime;

/// <summary>Finds what interface calls on objects mean.</summary>
/// <remarks>
/// A call goes through a cell of two words: code to jump to, and which interface is meant, as a place relative to the word with the bits 3 set; behind the last cell of a
/// run lie 0 and the number of the interface's method. A cell that was used once has a cache instead, which keeps that word.
/// </remarks>
internal static unsafe class Dispatch
{
    private const int IsInterface = 3, Mask = 7;

    /// <summary>Finds the method that a call through a cell means for an object of a type, and leaves it in the cell.</summary>
    [RuntimeExport("task_resolve_interface")]
    private static nint Resolve(MethodTable* type, nint* cell)
    {
        var cache = (Cache*)cell[1];
        nint word = cell[1];
        if ((word & Mask) == IsInterface)
            cache = null;
        else
            word = cache->Word;
        nint* end = cell;
        while (end[0] != 0)
            end += 2;
        nint method = Find(type, (MethodTable*)(((nint)(cell + 1) + (int)word) & ~(nint)IsInterface), (ushort)end[1]);
        if (cache == null)
        {
            cache = (Cache*)Heap.Take((ulong)sizeof(Cache));
            cache->Word = word;
            cell[1] = (nint)cache;
            cell[0] = CachedDispatch();
        }

        cache->Type = type;
        cache->Method = method;
        return method;
    }

    private static nint Find(MethodTable* type, MethodTable* wanted, ushort number)
    {
        for (MethodTable* at = type; at != null; at = at->Base)
        {
            if (!at->HasDispatchMap)
                continue;
            ushort* map = at->DispatchMap;
            // Four counts, then for each method: which interface, which method of it, which virtual method.
            int count = map[0] + map[1];
            for (ushort* entry = map + 4; count > 0; entry += 3, count--)
            {
                if (entry[1] == number && at->Interfaces[entry[0]] == wanted && entry[2] < at->VirtualCount)
                    return type->Virtuals[entry[2]];
            }
        }

        Environment.FailFast();
        return 0;
    }

    [RuntimeImport("*", "task_cached_dispatch")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern nint CachedDispatch();

    private struct Cache
    {
        public MethodTable* Type;
        public nint Method;
        public nint Word;
    }
}

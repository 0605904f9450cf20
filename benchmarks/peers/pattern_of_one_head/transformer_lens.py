_, cache = lens.run_with_cache(clean)
result = cache["pattern", 3][0, 2]

/** Seven people who register, over and over. */
export const people = [
  { name: 'Eliška', surname: 'Najbrtová', id: 4 },
  { name: 'Jenny', surname: 'Suk', id: 3 },
  { name: 'Anička', surname: 'Šafářová', id: 0 },
  { name: 'Sváťa', surname: 'Pulec', id: 3 },
  { name: 'Blažej', surname: 'Motyčka', id: 8 },
  { name: 'Eda', surname: 'Wasserfall', id: 0 },
  { name: 'Přemysl', surname: 'Hájek', id: 10 },
] as const;
